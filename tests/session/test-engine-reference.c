/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The whole way from a seed and a prompt, and maybe a picture, to pixels, against what PyTorch made of the same: tests/model/reference. */
#include "config.h"

#include "test-engine.h"

#include "formats/limn-safetensors-writer.h"
#include "session/limn-engine-model.h"
#include "session/limn-session.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

static LimnSafetensors *
open_reference (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "tests/model/reference", name, NULL);
  g_autoptr(GError) error = NULL;
  LimnSafetensors *file = limn_safetensors_open (path, &error);

  g_assert_no_error (error);
  return file;
}

static float *
load_reference (LimnSafetensors *file, const char *name, gsize n)
{
  g_autoptr(GError) error = NULL;
  const LimnSafetensorsTensor *tensor = limn_safetensors_lookup (file, name);
  float *values = g_new (float, n);

  g_assert_cmpuint (tensor->n_elements, ==, n);
  g_assert_true (limn_safetensors_read_f32 (file, tensor, 0, n, values, &error));
  return values;
}

static LimnRequest *
new_reference_request (void)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, "a blue boat on a lake at dawn, watercolor");
  limn_request_set_negative (request, "");
  request->syntax = LIMN_PROMPT_PLAIN;
  request->seed = 7;
  request->steps = 3;
  request->cfg = 4;
  request->preview = LIMN_PREVIEW_NONE;
  request->schedule = LIMN_SCHEDULE_LEADING;
  request->eta = 0;
  request->width = request->height = 64;
  request->keep_latents = TRUE;
  return request;
}

static void
assert_latents (const LimnTrajectory *trajectory, guint n_steps, const float *latents)
{
  for (guint step = 0; step < n_steps; step++)
    {
      const double *ours = limn_trajectory_get_latent (trajectory, step + 1);
      const float *theirs = latents + step * 256;
      double difference = 0, size = 0;

      for (guint j = 0; j < 256; j++)
        {
          difference += (ours[j] - theirs[j]) * (ours[j] - theirs[j]);
          size += (double) theirs[j] * theirs[j];
        }
      g_test_message ("step %u: %.1e", step + 1, sqrt (difference / size));
      g_assert_cmpfloat (sqrt (difference / size), <, 1e-3);
    }
}

/* @image: [3, 64, 64], -1..1 */
static void
assert_picture (LimnImage *picture, const float *image)
{
  double square = 0;

  for (guint c = 0; c < 3; c++)
    for (guint y = 0; y < 64; y++)
      for (guint x = 0; x < 64; x++)
        {
          double theirs = 255 * CLAMP (image[(c * 64 + y) * 64 + x] / 2 + 0.5, 0, 1);
          double d = limn_image_get_row (picture, y)[4 * x + c] - theirs;

          square += d * d / (3 * 64 * 64);
        }
  g_test_message ("picture: %.1f dB", 10 * log10 (255 * 255 / square));
  g_assert_cmpfloat (10 * log10 (255 * 255 / square), >, 45);
}

/* The whole way from a seed and a prompt to pixels, against what PyTorch made of torch.manual_seed (7) and the same prompt: steps
 * and picture of three samplers. Bounds: every latent within relative L2 1e-3, the picture at 45 dB or better. */
static void
test_reference (void)
{
  static const struct
  {
    LimnSamplerKind sampler;
    const char     *file;
  } cases[] = {
    { LIMN_SAMPLER_DDIM, "sample_ddim.safetensors" },
    { LIMN_SAMPLER_EULER, "sample_euler.safetensors" },
    { LIMN_SAMPLER_DPMPP_2M, "sample_dpmpp_2m.safetensors" },
  };
  LimnGlOptions options = test_engine_get_options ();
  g_autoptr(LimnSession) session = limn_session_new (limn_engine_model_open, &options, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LimnSafetensors) file = open_reference (cases[i].file);
      g_autofree float *latents = load_reference (file, "latents", 3 * 256);
      g_autofree float *image = load_reference (file, "image", 3 * 64 * 64);
      g_autoptr(LimnRequest) request = new_reference_request ();
      g_autoptr(LimnResult) result = NULL;
      g_autoptr(GError) error = NULL;

      g_test_message ("%s", cases[i].file);
      request->sampler = cases[i].sampler;
      result = limn_session_generate_sync (session, request, NULL, NULL, &error);
      g_assert_no_error (error);
      assert_latents (result->trajectory, 3, latents);
      assert_picture (result->picture, image);
    }
}

static LimnImage *
make_reference_picture (void)
{
  g_autoptr(LimnSafetensors) file = open_reference ("vae.safetensors");
  g_autofree float *image = load_reference (file, "image", 3 * 64 * 64);
  guint8 *pixels = g_malloc (64 * 64 * 3);

  for (guint i = 0; i < 64 * 64; i++)
    for (guint c = 0; c < 3; c++)
      pixels[3 * i + c] = (guint8) ((image[c * 64 * 64 + i] + 1) * 127.5f + 0.5f);
  return limn_image_new_take (LIMN_PIXEL_RGB8, 64, 64, pixels, NULL);
}

static LimnImage *
make_reference_mask (LimnSafetensors *file)
{
  g_autoptr(GError) error = NULL;
  gint64 cells[64];
  guint8 *pixels = g_malloc (64 * 64);

  g_assert_true (limn_safetensors_read_i64 (file, limn_safetensors_lookup (file, "mask"), 0, 64, cells, &error));
  for (guint i = 0; i < 64 * 64; i++)
    pixels[i] = cells[i / 512 * 8 + i % 64 / 8];
  return limn_image_new_take (LIMN_PIXEL_GREY8, 64, 64, pixels, NULL);
}

static void
store_result (GObject *object, GAsyncResult *result, gpointer data)
{
  GAsyncResult **place = data;

  *place = g_object_ref (result);
}

/* What was painted, with nothing put back into the picture: the frame of a request whose source is not to be had. */
static LimnImage *
decode_bare (LimnGlOptions *options, const LimnResult *result)
{
  g_autoptr(LimnSession) session = limn_session_new (limn_engine_model_open, options, NULL);
  guint n = limn_trajectory_get_n_steps (result->trajectory);
  g_autoptr(GBytes) latent = g_bytes_new (limn_trajectory_get_latent (result->trajectory, n), 256 * sizeof (double));
  g_autoptr(GAsyncResult) decoded = NULL;
  g_autoptr(GError) error = NULL;
  LimnImage *image;

  limn_session_decode_async (session, result->request, latent, 8, 8, 1, NULL, store_result, &decoded);
  while (!decoded)
    g_main_context_iteration (NULL, TRUE);
  image = limn_session_decode_finish (session, decoded, &error);
  g_assert_no_error (error);
  return image;
}

static char *
read_text (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr(GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* The starter model's file @name under @folder, with @from replaced. */
static void
write_changed (const char *starter, const char *folder, const char *name, const char *from, const char *to)
{
  g_autofree char *text = read_text (starter, name);
  g_auto(GStrv) parts = g_strsplit (text, from, -1);
  g_autofree char *changed = g_strjoinv (to, parts);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  g_file_set_contents (path, changed, -1, &error);
  g_assert_no_error (error);
}

/* The weights of the starter model's UNet, the first layer wider by five channels: inpainting_unet() of painting_reference.py. */
static void
write_wide_unet (const char *starter, const char *folder)
{
  const char *name = "unet/diffusion_pytorch_model.safetensors";
  g_autofree char *from = g_build_filename (starter, name, NULL);
  g_autofree char *to = g_build_filename (folder, name, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSafetensors) file = limn_safetensors_open (from, &error);
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(GBytes) bytes = NULL;

  g_assert_no_error (error);
  for (guint i = 0; i < limn_safetensors_get_n (file); i++)
    {
      const LimnSafetensorsTensor *tensor = limn_safetensors_get_nth (file, i);
      g_autofree guint8 *data = g_malloc (tensor->n_bytes);

      if (g_str_equal (tensor->name, "conv_in.weight"))
        {
          guint n_out = tensor->dims[0];
          g_autofree float *old = g_new (float, n_out * 4 * 9);
          g_autofree float *wide = g_new (float, n_out * 9 * 9);

          g_assert_true (limn_safetensors_read_f32 (file, tensor, 0, n_out * 36, old, &error));
          for (guint k = 0; k < n_out; k++)
            {
              memcpy (wide + k * 81, old + k * 36, 36 * sizeof *wide);
              for (guint j = 0; j < 45; j++)
                wide[k * 81 + 36 + j] = (float) (0.05 * sin (0.7 * (k * 45 + j) + 1));
            }
          limn_safetensors_writer_add_copy (writer, tensor->name, LIMN_SAFETENSORS_F32, 4, (guint64[]){ n_out, 9, 3, 3 }, wide);
          continue;
        }
      g_assert_true (limn_safetensors_read (file, tensor, 0, tensor->n_bytes, data, &error));
      limn_safetensors_writer_add_copy (writer, tensor->name, tensor->dtype, tensor->n_dims, tensor->dims, data);
    }
  bytes = limn_safetensors_writer_to_bytes (writer);
  g_file_set_contents (to, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
}

/* A folder with a model for inpainting: what is not the UNet's is the starter model's, by links. */
static char *
make_inpainting_model (void)
{
  static const char *const links[] = { "text_encoder", "tokenizer", "vae", "scheduler" };
  g_autofree char *starter = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "data/starter-model", NULL);
  g_autoptr(GError) error = NULL;
  char *folder = g_dir_make_tmp ("limn-inpainting-XXXXXX", &error);
  g_autofree char *unet = g_build_filename (folder, "unet", NULL);

  g_assert_no_error (error);
  g_assert_cmpint (g_mkdir (unet, 0700), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (links); i++)
    {
      g_autofree char *target = g_build_filename (starter, links[i], NULL);
      g_autofree char *link = g_build_filename (folder, links[i], NULL);

      g_assert_cmpint (symlink (target, link), ==, 0);
    }
  write_changed (starter, folder, "model_index.json", "\"StableDiffusionPipeline\"", "\"StableDiffusionInpaintPipeline\"");
  write_changed (starter, folder, "unet/config.json", "\"in_channels\": 4", "\"in_channels\": 9");
  write_wide_unet (starter, folder);
  return folder;
}

/* The same for what begins with a picture, against an implementation of its own (data/starter-model/train/painting_reference.py): the last
 * three of five steps of DDIM from a picture, and five steps of DPM++ 2M inside a mask with a grey part; that also by a model for inpainting,
 * whose UNet is given the mask and the masked picture too. */
static void
test_reference_painting (void)
{
  static const struct
  {
    LimnSamplerKind sampler;
    const char     *file;
    double          strength;
    guint           n_steps;
    gboolean        masked;
    gboolean        inpainting_model;
  } cases[] = {
    { LIMN_SAMPLER_DDIM, "paint_from_picture.safetensors", 0.6, 3, FALSE, FALSE },
    { LIMN_SAMPLER_DPMPP_2M, "paint_inside_mask.safetensors", 1, 5, TRUE, FALSE },
    { LIMN_SAMPLER_DPMPP_2M, "paint_inpainting_unet.safetensors", 1, 5, TRUE, TRUE },
  };
  g_autofree char *model = make_inpainting_model ();
  LimnGlOptions options = test_engine_get_options ();
  g_autoptr(LimnSession) session = limn_session_new (limn_engine_model_open, &options, NULL);
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnImage) picture = make_reference_picture ();
  g_autofree char *picture_id = limn_stash_add (stash, picture);

  limn_session_set_stash (session, stash);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LimnSafetensors) file = open_reference (cases[i].file);
      g_autofree float *latents = load_reference (file, "latents", cases[i].n_steps * 256);
      g_autofree float *image = load_reference (file, "image", 3 * 64 * 64);
      g_autoptr(LimnRequest) request = new_reference_request ();
      g_autoptr(LimnRequestSource) source = limn_request_source_new (picture_id);
      g_autoptr(LimnImage) mask = make_reference_mask (file);
      g_autofree char *mask_id = limn_stash_add (stash, mask);
      g_autoptr(LimnResult) result = NULL;
      g_autoptr(LimnImage) bare = NULL;
      g_autoptr(GError) error = NULL;

      g_test_message ("%s", cases[i].file);
      source->strength = cases[i].strength;
      if (cases[i].masked)
        limn_request_source_set_mask (source, mask_id);
      limn_request_set_source (request, source);
      request->steps = 5;
      request->sampler = cases[i].sampler;
      limn_request_set_model (request, cases[i].inpainting_model ? model : NULL);
      result = limn_session_generate_sync (session, request, NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (limn_trajectory_get_n_steps (result->trajectory), ==, cases[i].n_steps);
      assert_latents (result->trajectory, cases[i].n_steps, latents);
      bare = decode_bare (&options, result);
      assert_picture (bare, image);
      if (!cases[i].masked)
        assert_picture (result->picture, image);
    }
  limn_test_remove_folder (model);
}

/* A model for inpainting paints from nothing too: everything is masked. */
static void
test_inpainting_model_alone (void)
{
  g_autofree char *model = make_inpainting_model ();
  LimnGlOptions options = test_engine_get_options ();
  g_autoptr(LimnSession) session = limn_session_new (limn_engine_model_open, &options, NULL);
  g_autoptr(LimnRequest) request = new_reference_request ();
  g_autoptr(GPtrArray) pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_image_unref);
  LimnImageDifference difference;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(LimnResult) result = NULL;

      limn_request_set_model (request, i < 2 ? model : NULL);
      result = limn_session_generate_sync (session, request, NULL, NULL, &error);
      g_assert_no_error (error);
      g_ptr_array_add (pictures, limn_image_ref (result->picture));
    }
  g_assert_true (limn_image_compare (pictures->pdata[0], pictures->pdata[1], &difference, &error));
  g_assert_cmpuint (difference.n_pixels, ==, 0);
  g_assert_true (limn_image_compare (pictures->pdata[0], pictures->pdata[2], &difference, &error));
  g_assert_cmpuint (difference.n_pixels, >, 0);
  limn_test_remove_folder (model);
}

void
test_engine_reference_add (void)
{
  g_test_add_func ("/engine/reference", test_reference);
  g_test_add_func ("/engine/reference-painting", test_reference_painting);
  g_test_add_func ("/engine/inpainting-model-alone", test_inpainting_model_alone);
}
