/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Weights that do not fit. Each case alters the header of a real file without changing its length, or cuts it. */

#include "test-model.h"

#include "base/limn-error.h"
#include "base/limn-half.h"
#include "formats/limn-safetensors-writer.h"
#include "model/limn-loader.h"
#include "model/limn-pipeline.h"
#include "model/limn-unet.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define UNET "unet/diffusion_pytorch_model.safetensors"
#define TEXT "text_encoder/model.safetensors"
#define VAE  "vae/diffusion_pytorch_model.safetensors"

typedef struct
{
  const char *file;
  const char *tensor; /* NULL: cut the file */
  const char *from;   /* the first after the tensor's name */
  const char *to;
  int         code;
  const char *says;
} Bad;

static const Bad bad[] = {
  { UNET, "\"conv_in.bias\"", "conv_in.bias", "conv_in.bios", LIMN_ERROR_FORMAT, "tensor “conv_in.bias” [96] is missing" },
  { UNET, "\"conv_in.weight\"", "[96,4,3,3]", "[96,4,9,1]", LIMN_ERROR_FORMAT,
    "“conv_in.weight” is [96, 4, 9, 1], wanted is [96, 4, 3, 3]" },
  { UNET, "\"conv_in.weight\"", "\"F16\"", "\"I16\"", LIMN_ERROR_UNSUPPORTED, "“conv_in.weight” is of type I16" },
  { UNET, "\"mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight\"", "[160,128]", "[128,160]",
    LIMN_ERROR_FORMAT, "attn2.to_k.weight" },
  { UNET, "\"up_blocks.2.resnets.1.time_emb_proj.bias\"", "time_emb_proj", "time_enb_proj", LIMN_ERROR_FORMAT,
    "up_blocks.2.resnets.1.time_emb_proj.bias" },
  { TEXT, "\"text_model.final_layer_norm.bias\"", "final", "fined", LIMN_ERROR_FORMAT, "text_model.final_layer_norm.bias" },
  { VAE, "\"decoder.mid_block.attentions.0.to_q.bias\"", "to_q", "to_x", LIMN_ERROR_FORMAT, "to_q.bias" },
  { VAE, "\"encoder.conv_out.weight\"", "[8,128,3,3]", "[4,256,3,3]", LIMN_ERROR_FORMAT, "encoder.conv_out.weight" },
  { UNET, NULL, NULL, NULL, LIMN_ERROR_FORMAT, "diffusion_pytorch_model.safetensors" },
};

static void
check_bad (const char *folder, const Bad *one)
{
  g_autofree char *path = g_build_filename (folder, one->file, NULL);
  g_autofree char *contents = NULL;
  g_autofree char *spoilt = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnModel) model = NULL;
  gsize length, cut = 0;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  spoilt = g_memdup2 (contents, length);
  if (one->tensor)
    {
      char *name = g_strstr_len (spoilt + 8, length - 8, one->tensor);
      char *at = name ? strstr (name, one->from) : NULL;

      g_assert_nonnull (at);
      g_assert_cmpuint (strlen (one->from), ==, strlen (one->to));
      memcpy (at, one->to, strlen (one->to));
    }
  else
    cut = 1000;
  g_assert_true (g_file_set_contents (path, spoilt, length - cut, NULL));

  model = limn_model_open (folder, &error);
  g_assert_no_error (error);
  g_assert_false (limn_model_check_weights (model, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, LIMN_ERROR, one->code);
  g_assert_nonnull (strstr (error->message, one->says));
  g_assert_true (g_file_set_contents (path, contents, length, NULL));
}

static void
test_bad (void)
{
  g_autofree char *folder = test_copy_model ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnModel) model = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    check_bad (folder, &bad[i]);
  model = limn_model_open (folder, &error);
  g_assert_no_error (error);
  g_assert_true (limn_model_check_weights (model, NULL, &error));
  g_assert_no_error (error);
  limn_test_remove_folder (folder);
}

/* A file that becomes shorter between its being opened and its being read: an error, not a signal. */
static void
test_shrinks (void)
{
  g_autofree char *folder = test_copy_model ();
  g_autofree char *path = g_build_filename (folder, UNET, NULL);
  g_autoptr(LimnGl) gl = test_gpu_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnCheckpoint) file = NULL;
  LimnMatrix matrix = { NULL, NULL };
  LimnLoader loader;

  if (gl)
    {
      file = limn_checkpoint_open (path, &error);
      g_assert_no_error (error);
      g_assert_cmpint (truncate (path, 100000), ==, 0);
      limn_loader_init (&loader, gl, file, UNET, LIMN_DTYPE_F16, NULL);
      g_assert_false (limn_loader_layer (&loader, &matrix, 9, 160, 160, &error, "mid_block.resnets.1.conv2"));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
      g_test_message ("%s", error->message);
      limn_matrix_clear (&matrix);
      limn_loader_clear (&loader);
    }
  limn_test_remove_folder (folder);
}

/* The VAE under the names that diffusers had before 0.17, its attention as 1x1 convolutions, in another type: F32 and
 * bfloat16's values. */
static void
rewrite_vae (const char *folder, LimnSafetensorsDtype dtype)
{
  static const char * const names[][2] = {
    { ".to_q.", ".query." }, { ".to_k.", ".key." }, { ".to_v.", ".value." }, { ".to_out.0.", ".proj_attn." },
  };
  g_autofree char *path = g_build_filename (folder, VAE, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSafetensors) from = limn_safetensors_open (path, &error);
  g_autoptr(LimnSafetensorsWriter) to = limn_safetensors_writer_new ();
  g_autoptr(GBytes) bytes = NULL;

  g_assert_no_error (error);
  for (guint i = 0; i < limn_safetensors_get_n (from); i++)
    {
      const LimnSafetensorsTensor *tensor = limn_safetensors_get_nth (from, i);
      g_autofree float *values = test_load (from, tensor->name, NULL);
      g_autofree guint16 *upper = g_new (guint16, tensor->n_elements);
      g_autoptr(GString) name = g_string_new (tensor->name);
      guint64 dims[4] = { 1, 1, 1, 1 };
      guint n_dims = tensor->n_dims;

      memcpy (dims, tensor->dims, n_dims * sizeof *dims);
      for (gsize k = 0; k < G_N_ELEMENTS (names); k++)
        if (g_string_replace (name, names[k][0], names[k][1], 0) && n_dims == 2)
          n_dims = 4;
      for (gsize k = 0; k < tensor->n_elements; k++)
        {
          guint32 bits;

          memcpy (&bits, &values[k], sizeof bits);
          upper[k] = bits >> 16;
        }
      limn_safetensors_writer_add_copy (to, name->str, dtype, n_dims, dims,
                                        dtype == LIMN_SAFETENSORS_BF16 ? (void *) upper : (void *) values);
    }
  bytes = limn_safetensors_writer_to_bytes (to);
  g_clear_pointer (&from, limn_safetensors_free);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
}

static float *
decode (LimnGl *gl, const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnPipeline) pipeline = limn_pipeline_open (gl, path, LIMN_DTYPE_F32, NULL, &error);
  float latent[4 * 4 * 4];
  float *picture = g_new (float, 3 * 32 * 32);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (latent); i++)
    latent[i] = (int) (i * 37 % 19) / 9.0 - 1;
  limn_pipeline_decode (pipeline, 1, 4, 4, latent, NULL, NULL, picture, &error);
  g_assert_no_error (error);
  return picture;
}

static void
test_old_names (void)
{
  g_autofree char *folder = test_copy_model ();
  g_autoptr(LimnGl) gl = test_gpu_new ();

  if (gl)
    {
      g_autofree float *want = decode (gl, NULL);
      g_autofree float *renamed = NULL;
      g_autofree float *rounded = NULL;
      gsize n = 3 * 32 * 32;

      rewrite_vae (folder, LIMN_SAFETENSORS_F32);
      renamed = decode (gl, folder);
      g_assert_cmpmem (renamed, n * sizeof *renamed, want, n * sizeof *want);

      /* bfloat16 cut off, not rounded: each weight is up to 2^-7 too small, all in the same direction. 0.023 on llvmpipe. */
      rewrite_vae (folder, LIMN_SAFETENSORS_BF16);
      rounded = decode (gl, folder);
      g_test_message ("bfloat16: %.3g", test_l2 (rounded, want, n));
      g_assert_cmpfloat (test_l2 (rounded, want, n), <, 0.1);
      g_assert_cmpfloat (test_l2 (rounded, want, n), >, 0);
    }
  limn_test_remove_folder (folder);
}

/* A matrix that passes in several pieces, of two parts whose border is no border of pieces, has every row in its place:
 * by the rows of a product with the identity. */
static void
test_pieces (void)
{
  enum { K = 70000, N1 = 60, N2 = 70 };
  g_autoptr(LimnGl) gl = test_gpu_new ();
  g_autoptr(LimnSafetensorsWriter) writer = NULL;
  g_autoptr(LimnCheckpoint) file = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree guint16 *values = NULL;
  g_autofree float *got = NULL;
  const LimnMatrixPart parts[] = { { "a", N1 }, { "b", N2 } };
  const guint64 dims[2][2] = { { N1, K }, { N2, K } };
  LimnMatrix matrix = { NULL, NULL };
  LimnTensor *table = NULL;
  LimnLoader loader;

  if (!gl)
    return;
  values = g_new (guint16, (gsize) (N1 + N2) * K);
  for (gsize i = 0; i < (gsize) (N1 + N2) * K; i++)
    values[i] = limn_half_from_float ((int) (i % 2039) - 1000);
  writer = limn_safetensors_writer_new ();
  limn_safetensors_writer_add_copy (writer, "a.weight", LIMN_SAFETENSORS_F16, 2, dims[0], values);
  limn_safetensors_writer_add_copy (writer, "b.weight", LIMN_SAFETENSORS_F16, 2, dims[1], values + (gsize) N1 * K);
  bytes = limn_safetensors_writer_to_bytes (writer);
  file = limn_checkpoint_new_for_bytes (bytes, "pieces", &error);
  g_assert_no_error (error);

  limn_loader_init (&loader, gl, file, "pieces", LIMN_DTYPE_F16, NULL);
  limn_loader_matrix (&loader, &matrix, 1, K, parts, 2, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (loader.bytes, ==, limn_weights_get_bytes (matrix.weights));
  got = g_new (float, limn_tensor_get_rows (matrix.weights->panels) * LIMN_PANEL);
  limn_tensor_download (matrix.weights->panels, got, &error);
  g_assert_no_error (error);
  for (guint n = 0; n < N1 + N2; n++)
    for (guint k = 0; k < K; k += 997)
      {
        gsize panel_rows = limn_tensor_get_rows (matrix.weights->panels) / ((N1 + N2 + LIMN_PANEL - 1) / LIMN_PANEL);
        float value = got[((n / LIMN_PANEL) * panel_rows + k) * LIMN_PANEL + n % LIMN_PANEL];

        g_assert_cmpfloat (value, ==, limn_half_to_float (values[(gsize) n * K + k]));
      }
  limn_matrix_clear (&matrix);

  /* A table goes in pieces as well. */
  limn_loader_table (&loader, &table, "b.weight", N2, 0, K, &error);
  g_assert_no_error (error);
  g_clear_pointer (&got, g_free);
  got = g_new (float, (gsize) N2 * K);
  limn_tensor_download (table, got, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < (gsize) N2 * K; i++)
    g_assert_cmpfloat (got[i], ==, limn_half_to_float (values[(gsize) N1 * K + i]));
  limn_tensor_free (table);
  limn_loader_clear (&loader);
}

/* Without a file: a network that computes something, the same every time, and no number runs away. */
static void
test_made_up (void)
{
  static const LimnUnetConfig config = {
    .in_channels = 4,
    .out_channels = 4,
    .context_width = 48,
    .groups = 8,
    .eps = 1e-5f,
    .flip = TRUE,
    .n_levels = 2,
    .levels = { { 32, 1, 2, 1, TRUE, TRUE }, { 64, 1, 4, 1, FALSE, FALSE } },
    .mid_depth = 1,
  };
  g_autoptr(LimnGl) gl = test_gpu_new ();
  g_autoptr(LimnArena) arena = NULL;
  float x[4 * 64], context[5 * 48], y[2][4 * 64];
  const float t = 500;
  const LimnUnetInput input = { .n = 1, .h = 8, .w = 8, .tokens = 5, .x = x, .t = &t, .context = context };
  double squares = 0;

  if (!gl)
    return;
  arena = limn_arena_new (gl);
  for (gsize i = 0; i < G_N_ELEMENTS (x); i++)
    x[i] = (i % 7) - 3.0f;
  for (gsize i = 0; i < G_N_ELEMENTS (context); i++)
    context[i] = (i % 5) - 2.0f;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnUnet) unet = NULL;
      g_auto(LimnPassNeed) need = { 0 };
      LimnLoader loader;

      limn_loader_init (&loader, gl, NULL, "made up", LIMN_DTYPE_F16, NULL);
      unet = limn_unet_new (&loader, &config, arena, &error);
      limn_loader_clear (&loader);
      g_assert_no_error (error);
      g_assert_true (limn_unet_plan (unet, 1, 8, 8, 5, &need, &error));
      g_assert_cmpfloat (need.flops, >, 0);
      g_assert_true (limn_unet_run (unet, &input, NULL, NULL, y[i], &error));
      g_assert_no_error (error);
    }
  g_assert_cmpmem (y[0], sizeof y[0], y[1], sizeof y[1]);
  for (gsize i = 0; i < G_N_ELEMENTS (y[0]); i++)
    squares += y[0][i] * y[0][i];
  /* The last norm makes its input of order 1 and the last convolution keeps it so: measured 0.5. */
  g_assert_cmpfloat (sqrt (squares / G_N_ELEMENTS (y[0])), >, 0.1);
  g_assert_cmpfloat (sqrt (squares / G_N_ELEMENTS (y[0])), <, 3);
  g_test_message ("rms %g", sqrt (squares / G_N_ELEMENTS (y[0])));
}

void
test_add_loader (void)
{
  g_test_add_func ("/model/loader/bad", test_bad);
  g_test_add_func ("/model/loader/shrinks", test_shrinks);
  g_test_add_func ("/model/loader/old-names", test_old_names);
  g_test_add_func ("/model/loader/pieces", test_pieces);
  g_test_add_func ("/model/loader/made-up", test_made_up);
}
