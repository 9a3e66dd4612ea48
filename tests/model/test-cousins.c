/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Tiny cousins of the published families, as one file and as a folder, against what PyTorch computed. The same with networks of full size is
 * limn-fixtures' concern (--checkpoint); these run everywhere. */

#include "base/limn-error.h"
#include "formats/limn-checkpoint.h"
#include "formats/limn-safetensors-writer.h"
#include "model/limn-pipeline-control.h"
#include "model/limn-pipeline.h"
#include "tests/limn-cousins.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* Relative L2 in F32. Two implementations in float32 differ by 1e-6 at full size (fixtures' README); what a mistake costs there begins with
 * 4e-6 (eps of a layer norm), 9e-5 (which GELU). Measured here on llvmpipe (Mesa 22.3): at most 3.6e-6 (the
 * vector of SDXL: a sinusoid of 1024). 1e-5 is enough in software; 1e-4 leaves room for any device's exp(). */
#define BOUND_SOFTWARE 1e-5
#define BOUND          1e-4

#define TOKENS 77
#define H      16
#define W      8

typedef struct
{
  char           *home; /* holds models and the cache of programs */
  char           *tables;
  LimnGl         *gl;
  LimnCheckpoint *expected;
  double          bound;
} Kit;

static char *
source_path (const char *relative)
{
  return g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), relative, NULL);
}

static float *
load (const Kit  *kit,
      const char *name,
      gsize      *n)
{
  const LimnSafetensorsTensor *tensor = limn_checkpoint_lookup (kit->expected, name);
  g_autoptr(GError) error = NULL;
  g_autofree double *exact = NULL;
  float *values;

  g_assert_nonnull (tensor);
  exact = g_new (double, tensor->n_elements);
  values = g_new (float, tensor->n_elements);
  limn_checkpoint_read_f64 (kit->expected, tensor, 0, tensor->n_elements, exact, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < tensor->n_elements; i++)
    values[i] = exact[i];
  *n = tensor->n_elements;
  return values;
}

static void
assert_close (const Kit   *kit,
              const char  *what,
              const float *got,
              const float *want,
              gsize        n)
{
  double error = 0;
  double norm = 0;

  for (gsize i = 0; i < n; i++)
    {
      error += ((double) got[i] - want[i]) * ((double) got[i] - want[i]);
      norm += (double) want[i] * want[i];
    }
  g_test_message ("%s: relative error %.2g", what, sqrt (error / norm));
  g_assert_true (isfinite (error));
  g_assert_cmpfloat (sqrt (error / norm), <=, kit->bound);
}

static const struct
{
  const char *id;
  const char *prediction;
  guint       n_texts;
  guint       heads[3];
} facts[] = {
  [LIMN_COUSIN_SD1] = { "sd1", "epsilon", 1, { 8, 8, 8 } },
  [LIMN_COUSIN_SD1_INPAINT] = { "sd1-inpaint", "epsilon", 1, { 8, 8, 8 } },
  [LIMN_COUSIN_SD2] = { "sd2", "v_prediction", 1, { 1, 2, 2 } },
  [LIMN_COUSIN_SDXL] = { "sdxl", "epsilon", 2, { 1, 2, 2 } },
};

static void
check_facts (const LimnModelFacts *got,
             LimnCousin            cousin)
{
  g_assert_cmpstr (got->family->id, ==, facts[cousin].id);
  g_assert_cmpstr (got->scheduler.prediction_type, ==, facts[cousin].prediction);
  g_assert_false (got->unproven);
  g_assert_cmpuint (got->n_texts, ==, facts[cousin].n_texts);
  g_assert_cmpuint (got->unet.n_levels, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      if (got->unet.levels[i].down_attention && got->unet.levels[i].depth > 0)
        g_assert_cmpuint (got->unet.levels[i].heads, ==, facts[cousin].heads[i]);
    }
  g_assert_cmpuint (got->factor, ==, 8);
  g_assert_cmpuint (got->vector_width, ==, cousin == LIMN_COUSIN_SDXL ? 2816 : 0);
}

/* Few words, which is all that these token tables have rows for. */
static LimnTokenizer *
make_tokenizer (void)
{
  LimnTokenizerParams params = { .vocab_size = 1006, .name = "tokenizer", .bos = "<|startoftext|>", .eos = "<|endoftext|>", .pad = "<|endoftext|>" };
  g_autofree char *vocab_path = source_path ("tests/vocabulary/vocab.json");
  g_autofree char *merges_path = source_path ("tests/vocabulary/merges.txt");
  g_autoptr(GMappedFile) vocab = g_mapped_file_new (vocab_path, FALSE, NULL);
  g_autoptr(GMappedFile) merges = g_mapped_file_new (merges_path, FALSE, NULL);
  g_autoptr(GBytes) vocab_bytes = g_mapped_file_get_bytes (vocab);
  g_autoptr(GBytes) merges_bytes = g_mapped_file_get_bytes (merges);
  g_autoptr(GError) error = NULL;
  LimnTokenizer *tokenizer = limn_tokenizer_new_from_files (vocab_bytes, merges_bytes, &params, &error);

  g_assert_no_error (error);
  return tokenizer;
}

/* The way of a prompt: words, tokens with the padding of each encoder, encoders, what the UNet is told. */
static void
check_text (Kit          *kit,
            LimnPipeline *pipeline,
            const char   *id)
{
  static const char * const prompts[] = { "a red house on a green hill at sunset", "" };
  g_autofree char *name = g_strconcat (id, "/states", NULL);
  g_autofree char *vector_name = g_strconcat (id, "/vector", NULL);
  gsize n_states;
  gsize n_rows;
  gsize n;
  g_autofree float *states = load (kit, name, &n_states);
  g_autofree float *rows = load (kit, "rows", &n_rows);
  g_autofree float *sizes = load (kit, "sizes", &n);
  g_autofree float *vector = NULL;
  const LimnTokenizer *tokenizer = limn_model_get_tokenizer (limn_pipeline_get_model (pipeline));
  g_autoptr(LimnTokenizer) own = NULL;

  if (tokenizer == NULL)
    tokenizer = own = make_tokenizer ();
  if (limn_checkpoint_lookup (kit->expected, vector_name) != NULL)
    vector = load (kit, vector_name, &n);
  for (guint i = 0; i < 2; i++)
    {
      const float *s = sizes + 6 * i;
      LimnPromptSizes told = { .original_height = s[0], .original_width = s[1], .crop_y = s[2], .crop_x = s[3], .target_height = s[4],
                               .target_width = s[5] };
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnPrompt) prompt = limn_prompt_new (tokenizer, prompts[i], LIMN_PROMPT_PLAIN, &error);
      g_autoptr(LimnConditioning) got = NULL;

      g_assert_no_error (error);
      got = limn_pipeline_encode_prompt (pipeline, prompt, &told, 0, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (got->tokens, ==, TOKENS);
      g_assert_cmpuint (n_states, ==, 2 * n_rows * got->width);
      for (gsize j = 0; j < n_rows; j++)
        assert_close (kit, "states of a token", got->states + (gsize) rows[j] * got->width, states + (i * n_rows + j) * got->width, got->width);
      g_assert_true ((vector != NULL) == (got->vector != NULL));
      if (vector != NULL)
        assert_close (kit, "vector", got->vector, vector + i * got->vector_width, got->vector_width);
    }
}

static void
check_unet (Kit          *kit,
            LimnPipeline *pipeline,
            const char   *what)
{
  static const float times[] = { 999, 500.25f };
  const LimnModelFacts *of = limn_pipeline_get_facts (pipeline);
  g_autofree char *name = g_strconcat (what, "/out", NULL);
  gsize n;
  g_autofree float *want = load (kit, name, &n);
  g_autofree float *got = g_new (float, n);
  g_autofree float *x = limn_cousin_make_input ("x", 2 * of->unet.in_channels * H * W);
  g_autofree float *context = limn_cousin_make_input ("context", (gsize) 2 * TOKENS * of->context_width);
  g_autofree float *vector = of->vector_width > 0 ? limn_cousin_make_input ("vector", 2 * of->vector_width) : NULL;
  g_autoptr(GError) error = NULL;

  limn_pipeline_denoise (pipeline, 2, H, W, TOKENS, x, times, context, vector, NULL, got, &error);
  g_assert_no_error (error);
  assert_close (kit, name, got, want, n);
}

static void
check_vae (Kit          *kit,
           LimnPipeline *pipeline)
{
  double factor = limn_pipeline_get_facts (pipeline)->vae.scaling_factor;
  gsize n_moments;
  gsize n_pixels;
  g_autofree float *moments = load (kit, "vae/moments", &n_moments);
  g_autofree float *decoded = load (kit, "vae/decoded", &n_pixels);
  g_autofree float *image = limn_cousin_make_input ("image", n_pixels);
  g_autofree float *latent = limn_cousin_make_input ("latent", n_moments / 2);
  g_autofree float *mean = g_new (float, n_moments / 2);
  g_autofree float *logvar = g_new (float, n_moments / 2);
  g_autofree float *got = g_new (float, n_pixels);
  g_autoptr(GError) error = NULL;

  limn_pipeline_encode (pipeline, 1, H / 2, W / 2, image, NULL, mean, logvar, &error);
  g_assert_no_error (error);
  assert_close (kit, "mean", mean, moments, n_moments / 2);
  assert_close (kit, "log-variance", logvar, moments + n_moments / 2, n_moments / 2);
  for (gsize i = 0; i < n_moments / 2; i++)
    latent[i] *= factor;
  limn_pipeline_decode (pipeline, 1, H / 2, W / 2, latent, NULL, NULL, got, &error);
  g_assert_no_error (error);
  assert_close (kit, "decoded", got, decoded, n_pixels);
}

/* What a ControlNet adds, at three quarters; at none the UNet is as it was. */
static void
check_control (Kit          *kit,
               LimnPipeline *pipeline,
               gboolean      in_folder)
{
  g_autofree char *path = g_build_filename (kit->home, "control", NULL);
  g_autofree float *hint = limn_cousin_make_input ("hint", 3 * 8 * H * 8 * W);
  LimnControlUse use = { path, hint, 0.75f };
  g_autoptr(GError) error = NULL;

  for (gsize i = 0; i < 3 * 8 * H * 8 * W; i++)
    hint[i] = MIN (fabsf (hint[i]), 1);
  if (in_folder)
    {
      g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
      limn_cousin_write_folder (LIMN_COUSIN_CONTROL, kit->tables, path);
    }
  else
    limn_cousin_write_file (LIMN_COUSIN_CONTROL, kit->tables, path);
  limn_pipeline_load_controls (pipeline, (const char *[]) { path }, 1, NULL, &error);
  g_assert_no_error (error);
  limn_pipeline_use_controls (pipeline, &use, 1);
  check_unet (kit, pipeline, "control");
  use.strength = 0;
  limn_pipeline_use_controls (pipeline, &use, 1);
  check_unet (kit, pipeline, "sd1");
  limn_pipeline_use_controls (pipeline, NULL, 0);
  limn_pipeline_load_controls (pipeline, NULL, 0, NULL, &error);
  g_assert_no_error (error);
  if (in_folder)
    limn_test_remove_folder (path);
  else
    g_assert_cmpint (g_remove (path), ==, 0);
}

/* OpenCLIP's pads with token 0, "!". */
static void
copy_tokenizer (const char *folder, const char *pad)
{
  g_autofree char *special = g_build_filename (folder, "special_tokens_map.json", NULL);
  g_autofree char *tokens = g_strdup_printf ("{\"bos_token\": \"<|startoftext|>\", \"eos_token\": \"<|endoftext|>\", \"pad_token\": \"%s\"}", pad);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (special, tokens, -1, NULL));
  for (guint i = 0; i < 2; i++)
    {
      static const char * const files[] = { "vocab.json", "merges.txt" };
      g_autofree char *relative = g_build_filename ("tests/vocabulary", files[i], NULL);
      g_autofree char *from = source_path (relative);
      g_autofree char *to = g_build_filename (folder, files[i], NULL);
      g_autofree char *text = NULL;
      gsize n;

      g_assert_true (g_file_get_contents (from, &text, &n, NULL));
      g_assert_true (g_file_set_contents (to, text, n, NULL));
    }
}

/* Every weight is somebody's: what no network asks for are the buffers that such files carry. */
static void
check_unused (const LimnModel *model)
{
  static const char *const buffers[] = { "*position_ids", "*logit_scale", "cond_stage_model.model.text_projection", "*alphas*", "betas",
                                         "*posterior_*", "model_ema.decay", "model_ema.num_updates" };
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) unused = limn_model_list_unused (model, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < unused->len; i++)
    {
      const char *name = g_ptr_array_index (unused, i);
      gboolean known = FALSE;

      for (gsize j = 0; j < G_N_ELEMENTS (buffers); j++)
        known = known || g_pattern_match_simple (buffers[j], name);
      if (!known)
        g_error ("nobody asks for “%s”", name);
    }
}

/* What pictures of the smallest size, and of a large one that takes slabs, need is known to the byte before any weight is read. */
static void
check_forecast (Kit *kit, LimnPipeline *pipeline)
{
  enum { SIZES = 2 };
  static const guint sizes[SIZES] = { 64, 512 };
  guint64 before = limn_gl_get_allocated_bytes (kit->gl), need[SIZES], later, limit;
  LimnPipelinePlan plan[SIZES], plan_later;
  GError *error = NULL;

  for (guint i = 0; i < SIZES; i++)
    {
      limn_pipeline_get_need (pipeline, sizes[i], sizes[i], 2, 0, &need[i], &limit, &plan[i], &error);
      g_assert_no_error (error);
      /* A device that has a little less, where it cannot be done as a whole. */
      limn_gl_set_budget_bytes (kit->gl, need[i] - 1);
      limn_pipeline_get_need (pipeline, sizes[i], sizes[i], 2, 0, &later, &limit, &plan_later, &error);
      g_assert_no_error (error);
      g_assert_cmpint (plan_later, >, plan[i]);
      limn_gl_set_budget_bytes (kit->gl, G_MAXUINT64);
    }
  g_assert_cmpuint (limn_gl_get_allocated_bytes (kit->gl), ==, before);
  limn_pipeline_load (pipeline, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_gl_get_allocated_bytes (kit->gl), ==, before + limn_pipeline_get_weight_bytes (pipeline));
  for (guint i = 0; i < SIZES; i++)
    {
      limn_pipeline_get_need (pipeline, sizes[i], sizes[i], 2, 0, &later, &limit, &plan_later, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (later, ==, need[i]);
      g_assert_cmpint (plan_later, ==, plan[i]);
    }
}

static void
check_model (Kit        *kit,
             LimnCousin  cousin,
             const char *path,
             gboolean    in_folder)
{
  g_autoptr(GError) error = NULL;
  /* One file brings no tokenizer, and CLIP's is not for these. */
  LimnModelOptions options = { .without_tokenizer = !in_folder };
  g_autoptr(LimnModel) model = limn_model_open_with (path, &options, &error);
  g_autoptr(LimnPipeline) pipeline = NULL;

  g_assert_no_error (error);
  check_facts (limn_model_get_facts (model), cousin);
  g_assert_true (limn_model_check_weights (model, NULL, &error));
  g_assert_no_error (error);
  check_unused (model);
  if (kit->gl == NULL)
    return;
  pipeline = limn_pipeline_new (kit->gl, g_steal_pointer (&model), LIMN_DTYPE_F32, &error);
  g_assert_no_error (error);
  check_forecast (kit, pipeline);
  if (cousin != LIMN_COUSIN_SD1_INPAINT) /* its text encoder and VAE are those of SD 1.x */
    check_text (kit, pipeline, facts[cousin].id);
  check_unet (kit, pipeline, facts[cousin].id);
  if (cousin == LIMN_COUSIN_SD1)
    {
      check_vae (kit, pipeline);
      check_control (kit, pipeline, in_folder);
    }
}

static void
test_file (Kit *kit, LimnCousin cousin)
{
  g_autofree char *path = g_build_filename (kit->home, "model.safetensors", NULL);

  limn_cousin_write_file (cousin, kit->tables, path);
  check_model (kit, cousin, path, FALSE);
  g_assert_cmpint (g_remove (path), ==, 0);
}

/* As torch.save() would have written it. FALSE: the test is skipped. */
static gboolean
convert (const char *from,
         const char *to)
{
  g_autofree char *python = g_find_program_in_path ("python3");
  g_autofree char *script = source_path ("tests/formats/make-torch-files.py");
  char *command[] = { python, script, (char *) "--convert", (char *) from, (char *) to, NULL };
  g_autoptr(GError) error = NULL;
  int status;

  if (python == NULL)
    {
      g_test_skip ("there is no python3 to write the file");
      return FALSE;
    }
  g_spawn_sync (NULL, command, NULL, 0, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, &error));
  g_assert_cmpint (g_remove (from), ==, 0);
  return TRUE;
}

/* The same model as PyTorch's own kind of file. */
static void
test_pickle (gconstpointer data)
{
  Kit *kit = (Kit *) data;
  g_autofree char *from = g_build_filename (kit->home, "model.safetensors", NULL);
  g_autofree char *to = g_build_filename (kit->home, "model.ckpt", NULL);

  limn_cousin_write_file (LIMN_COUSIN_SD2, kit->tables, from);
  if (!convert (from, to))
    return;
  check_model (kit, LIMN_COUSIN_SD2, to, FALSE);
  g_assert_cmpint (g_remove (to), ==, 0);
}

/* A file becomes two, every other tensor in each, and an index. */
static void
split (const char *folder,
       const char *name)
{
  static const char * const parts[] = { "part-00001-of-00002.safetensors", "part-00002-of-00002.safetensors" };
  g_autofree char *path = g_strdup_printf ("%s/%s.fp16.safetensors", folder, name);
  g_autofree char *index_path = g_strdup_printf ("%s/%s.safetensors.index.fp16.json", folder, name);
  g_autoptr(GString) index = g_string_new ("{\"metadata\": {}, \"weight_map\": {");
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnCheckpoint) file = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  for (guint part = 0; part < 2; part++)
    {
      g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
      g_autofree char *to = g_build_filename (folder, parts[part], NULL);
      g_autoptr(GBytes) bytes = NULL;

      for (guint i = part; i < limn_checkpoint_get_n (file); i += 2)
        {
          const LimnSafetensorsTensor *tensor = limn_checkpoint_get_nth (file, i);
          g_autofree guint8 *raw = g_malloc (tensor->n_bytes);

          limn_checkpoint_read (file, tensor, 0, tensor->n_bytes, raw, &error);
          g_assert_no_error (error);
          limn_safetensors_writer_add_copy (writer, tensor->name, tensor->dtype, tensor->n_dims, tensor->dims, raw);
          g_string_append_printf (index, "%s\"%s\": \"%s\"", part + i > 0 ? ", " : "", tensor->name, parts[part]);
        }
      bytes = limn_safetensors_writer_to_bytes (writer);
      g_assert_true (g_file_set_contents (to, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
    }
  g_string_append (index, "}}");
  g_assert_true (g_file_set_contents (index_path, index->str, index->len, NULL));
  g_assert_cmpint (g_remove (path), ==, 0);
}

/* A folder as large models come: the UNet in several files, and a text encoder for torch alone. */
static void
test_split (gconstpointer data)
{
  Kit *kit = (Kit *) data;
  g_autofree char *folder = g_build_filename (kit->home, "split", NULL);
  g_autofree char *tokenizer = g_build_filename (folder, "tokenizer", NULL);
  g_autofree char *second = g_build_filename (folder, "tokenizer_2", NULL);
  g_autofree char *unet = g_build_filename (folder, "unet", NULL);
  g_autofree char *from = g_build_filename (folder, "text_encoder_2", "model.fp16.safetensors", NULL);
  g_autofree char *to = g_build_filename (folder, "text_encoder_2", "pytorch_model.fp16.bin", NULL);

  copy_tokenizer (tokenizer, "<|endoftext|>");
  copy_tokenizer (second, "!");
  limn_cousin_write_folder (LIMN_COUSIN_SDXL, kit->tables, folder);
  split (unet, "diffusion_pytorch_model");
  if (convert (from, to))
    check_model (kit, LIMN_COUSIN_SDXL, folder, TRUE);
  limn_test_remove_folder (folder);
}

static void
test_folder (Kit *kit, LimnCousin cousin)
{
  g_autofree char *folder = g_build_filename (kit->home, "folder", NULL);
  g_autofree char *tokenizer = g_build_filename (folder, "tokenizer", NULL);
  g_autofree char *second = g_build_filename (folder, "tokenizer_2", NULL);

  copy_tokenizer (tokenizer, cousin == LIMN_COUSIN_SD2 ? "!" : "<|endoftext|>");
  if (cousin == LIMN_COUSIN_SDXL)
    copy_tokenizer (second, "!");
  limn_cousin_write_folder (cousin, kit->tables, folder);
  check_model (kit, cousin, folder, TRUE);
  limn_test_remove_folder (folder);
}

/* The rule itself, at full size: the hash that fixtures' make_checkpoint.py --one gives. */
static void
test_rule (void)
{
  static const struct
  {
    const char *name;
    guint n_dims;
    guint64 shape[4];
    const char *sha256;
  } cases[] = {
    { "model.diffusion_model.input_blocks.0.0.weight", 4, { 320, 4, 3, 3 },
      "65489168a113a262e6aea9918a215ee9b7d2b50f52a3b2932a3a2d15552afca4" },
    { "model.diffusion_model.input_blocks.1.0.in_layers.2.bias", 1, { 320 },
      "506b9c08c7ed3bb0615347fc4e3a5369f20cac5c93c5de1385ed30b4a76b32ff" },
    { "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_q.weight", 2, { 320, 320 },
      "bb39af16a57f4cb75ac8d2f610c0c52cadf7ac9675825f646bec982f35a847cd" },
    { "first_stage_model.encoder.down.0.block.0.conv1.weight", 4, { 128, 128, 3, 3 },
      "62ffb645e479712bf42b46632e88f5fd32c64f8991e8eaf60d1f317697ad4252" },
    { "first_stage_model.decoder.mid.attn_1.proj_out.weight", 4, { 512, 512, 1, 1 },
      "21282eace77534fb5a1830b1d6c7eb8ac8d3b0787ba661999cb7f607bfadf433" },
    { "cond_stage_model.transformer.text_model.embeddings.position_embedding.weight", 2, { 77, 768 },
      "68579e54d869d91d42db616dd11f8885f974876e2fa82e219d4d42a259983cb4" },
    { "cond_stage_model.transformer.text_model.final_layer_norm.weight", 1, { 768 },
      "2f3c1966600afc1716a7561a632dbcc6de2514046770fb33b6cd763a44b150e4" },
    { "cond_stage_model.model.transformer.resblocks.0.attn.in_proj_bias", 1, { 3072 },
      "f96e9296485be7d813bcd0d0e1c21039f4ee26c38e2c7e03aedf67279ca7c221" },
    { "cond_stage_model.model.transformer.resblocks.0.attn.out_proj.weight", 2, { 1024, 1024 },
      "80a837fbaa17faff6f5436fb0d43d5123c421b08a0bbec3331b0dc5d28cc7559" },
    { "cond_stage_model.model.logit_scale", 0, { 0 },
      "d7ed4b7099d1162111cc99bc871391bab6e36385c7c084fd8f60e57c567d9ca8" },
    { "control_model.input_hint_block.14.weight", 4, { 320, 256, 3, 3 },
      "537b89e8b254ad3d3c217b08706827dece8596173a019677be9e52253d6a8a13" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize n = 1;
      g_autofree guint16 *values = NULL;
      g_autofree char *hash = NULL;

      for (guint j = 0; j < cases[i].n_dims; j++)
        n *= cases[i].shape[j];
      values = g_new (guint16, n);
      limn_cousin_make (cases[i].name, cases[i].n_dims, cases[i].shape, values);
      hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) values, n * sizeof *values);
      g_assert_cmpstr (hash, ==, cases[i].sha256);
    }
}

/* What one test runs. */
typedef struct
{
  Kit        *kit;
  LimnCousin  cousin;
} Case;

static void
test_case_file (gconstpointer data)
{
  const Case *one = data;

  test_file (one->kit, one->cousin);
}

static void
test_case_folder (gconstpointer data)
{
  const Case *one = data;

  test_folder (one->kit, one->cousin);
}

int
main (int argc, char **argv)
{
  Kit kit = { 0 };
  Case cases[G_N_ELEMENTS (facts)];
  LimnGlOptions options = { 0 };
  g_autoptr(GError) error = NULL;
  g_autofree char *expected = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  kit.home = limn_test_own_home ();
  kit.tables = source_path ("tests/model/cousins/tensors.txt");
  expected = source_path ("tests/model/cousins/expected.safetensors");
  kit.expected = limn_checkpoint_open (expected, &error);
  g_assert_no_error (error);
  options.cache_dir = kit.home;
  kit.gl = limn_gl_new (&options, &error); /* without one, files and facts are held all the same */
  if (kit.gl == NULL)
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_NO_GPU);
  else
    kit.bound = limn_gl_get_device (kit.gl)->device_class == LIMN_GL_SOFTWARE ? BOUND_SOFTWARE : BOUND;

  g_test_add_func ("/model/cousins/rule", test_rule);
  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      g_autofree char *file = g_strdup_printf ("/model/cousins/%s/file", facts[i].id);
      g_autofree char *folder = g_strdup_printf ("/model/cousins/%s/folder", facts[i].id);

      cases[i] = (Case) { &kit, i };
      g_test_add_data_func (file, &cases[i], test_case_file);
      g_test_add_data_func (folder, &cases[i], test_case_folder);
    }
  g_test_add_data_func ("/model/cousins/sd2/pickle", &kit, test_pickle);
  g_test_add_data_func ("/model/cousins/sdxl/split", &kit, test_split);
  result = g_test_run ();

  limn_gl_free (kit.gl);
  limn_checkpoint_free (kit.expected);
  limn_test_remove_folder (kit.home);
  g_free (kit.home);
  g_free (kit.tables);
  return result;
}
