/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* LoRAs in the networks: tests/model/reference/lora, which tests/tools/lora_reference.py made by merging them into the weights with PyTorch; and
 * that nothing of them is left behind. */

#include "test-model.h"

#include "base/limn-error.h"
#include "formats/limn-safetensors-writer.h"
#include "model/limn-pipeline.h"
#include "tests/limn-cousins.h"
#include "tests/limn-test-folder.h"

#include <string.h>

/* As in test-parity.c. Measured on llvmpipe (Mesa 22.3): 7e-7 in F32, 4e-4 in F16; the LoRAs make 0.16. */
#define BOUND_F32_SOFTWARE 1e-5
#define BOUND_F32          1e-4
#define BOUND_F16          4e-3

#define CELLS 64 /* of the latent, 8 x 8 */

typedef struct
{
  LimnGl           *gl;
  LimnPipeline     *pipeline;
  double            bound;
  LimnSafetensors  *reference;
  char             *kohya;
  char             *peft;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  LimnDtype precision = GPOINTER_TO_INT (data);
  g_autofree char *path = test_path ("tests/model/reference/lora/merged.safetensors");
  g_autoptr(GError) error = NULL;

  f->gl = test_gpu_new ();
  if (!f->gl)
    return;
  f->pipeline = limn_pipeline_open (f->gl, NULL, precision, NULL, &error);
  g_assert_no_error (error);
  f->bound = precision == LIMN_DTYPE_F16                                                ? BOUND_F16
             : limn_gl_get_device (f->gl)->device_class == LIMN_GL_SOFTWARE ? BOUND_F32_SOFTWARE
                                                                                        : BOUND_F32;
  f->reference = limn_safetensors_open (path, &error);
  g_assert_no_error (error);
  f->kohya = test_path ("tests/model/reference/lora/kohya.safetensors");
  f->peft = test_path ("tests/model/reference/lora/peft.safetensors");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  limn_pipeline_free (f->pipeline);
  limn_gl_free (f->gl);
  g_clear_pointer (&f->reference, limn_safetensors_free);
  g_free (f->kohya);
  g_free (f->peft);
}

typedef struct
{
  LimnConditioning *text;
  float             eps[4 * CELLS];
} Answer;

/* What the networks say of the reference's prompt and latent. */
static void
ask (Fixture *f, Answer *answer)
{
  const LimnTokenizer *tokenizer = limn_model_get_tokenizer (limn_pipeline_get_model (f->pipeline));
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnPrompt) prompt = limn_prompt_new (tokenizer, limn_safetensors_get_metadata (f->reference, "prompt"), LIMN_PROMPT_PLAIN, &error);
  g_autofree float *x = test_load (f->reference, "x", NULL);
  g_autofree float *t = test_load (f->reference, "timestep", NULL);

  g_assert_no_error (error);
  answer->text = limn_pipeline_encode_prompt (f->pipeline, prompt, NULL, 0, NULL, &error);
  g_assert_no_error (error);
  limn_pipeline_denoise (f->pipeline, 1, 8, 8, answer->text->tokens, x, t, answer->text->states, NULL, NULL, answer->eps, &error);
  g_assert_no_error (error);
}

static void
set_loras (Fixture *f, const LimnLoraUse *uses, guint n)
{
  g_autoptr(GError) error = NULL;

  limn_pipeline_set_loras (f->pipeline, uses, n, NULL, &error);
  g_assert_no_error (error);
}

static gboolean
same (const Answer *a, const Answer *b)
{
  return memcmp (a->eps, b->eps, sizeof a->eps) == 0 && a->text->tokens == b->text->tokens &&
         memcmp (a->text->states, b->text->states, (gsize) a->text->tokens * a->text->width * sizeof (float)) == 0;
}

static void
answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->text, limn_conditioning_free);
}

/* The strengths are those of the script. */
static void
test_merged (Fixture *f, gconstpointer data)
{
  g_autofree float *hidden = NULL;
  g_autofree float *eps = NULL;
  Answer base, got, after;
  const LimnLoraFit *fits;
  gsize n_hidden, n_eps;
  double text_error, error;
  guint n;

  if (!f->gl)
    return;
  hidden = test_load (f->reference, "last_hidden_state", &n_hidden);
  eps = test_load (f->reference, "eps", &n_eps);
  ask (f, &base); /* also what convolutions are computed from exists now, and must follow */
  set_loras (f, (LimnLoraUse[]) { { f->kohya, 0.8, 0.5 }, { f->peft, -0.6, 1.1 } }, 2);
  fits = limn_pipeline_get_lora_fits (f->pipeline, &n);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpuint (fits[0].n_fit, ==, 13);
  g_assert_cmpuint (fits[0].n_layers, ==, 13);
  g_assert_cmpuint (fits[1].n_fit, ==, 4);
  g_assert_cmpuint (fits[1].n_layers, ==, 4);
  ask (f, &got);
  text_error = test_l2 (got.text->states, hidden, n_hidden);
  error = test_l2 (got.eps, eps, n_eps);
  g_test_message ("relative L2: text %.3g, prediction %.3g, of %.3g; without them %.3g", text_error, error, f->bound,
                  test_l2 (base.eps, eps, n_eps));
  g_assert_cmpfloat (text_error, <=, f->bound);
  g_assert_cmpfloat (error, <=, f->bound);
  g_assert_cmpfloat (test_l2 (base.eps, eps, n_eps), >, 0.1);

  set_loras (f, NULL, 0);
  ask (f, &after);
  g_assert_true (same (&after, &base));
  answer_clear (&base);
  answer_clear (&got);
  answer_clear (&after);
}

/* On and off a hundred times, with ever other strengths: the base model's bits each time. */
static void
test_hundred_times (Fixture *f, gconstpointer data)
{
  Answer base, with;

  if (!f->gl)
    return;
  ask (f, &base);
  for (guint i = 0; i < 100; i++)
    {
      Answer after;

      set_loras (f, (LimnLoraUse[]) { { i % 3 == 2 ? f->kohya : f->peft, 0.01 * (i + 1), 1 - 0.02 * i } }, 1);
      /* That they do something is looked at now and then. */
      if (i % 20 == 2)
        {
          ask (f, &with);
          g_assert_false (same (&with, &base));
          answer_clear (&with);
        }
      set_loras (f, NULL, 0);
      ask (f, &after);
      g_assert_true (same (&after, &base));
      answer_clear (&after);
    }
  answer_clear (&base);
}

/* Where one comes from does not matter: both at once, one after the other, by other strengths. Strength 0 is as if it were not there. */
static void
test_ways (Fixture *f, gconstpointer data)
{
  Answer a, b, base, zero;
  guint version;

  if (!f->gl)
    return;
  ask (f, &base);
  set_loras (f, (LimnLoraUse[]) { { f->kohya, 0.8, 0.5 }, { f->peft, -0.6, 1.1 } }, 2);
  ask (f, &a);
  version = limn_pipeline_get_text_version (f->pipeline);
  set_loras (f, (LimnLoraUse[]) { { f->kohya, 0.8, 0.5 }, { f->peft, -0.6, 1.1 } }, 2);
  g_assert_cmpuint (limn_pipeline_get_text_version (f->pipeline), ==, version);
  set_loras (f, (LimnLoraUse[]) { { f->peft, 2, 2 } }, 1);
  g_assert_cmpuint (limn_pipeline_get_text_version (f->pipeline), !=, version);
  set_loras (f, (LimnLoraUse[]) { { f->kohya, 0.8, 0.5 } }, 1);
  set_loras (f, (LimnLoraUse[]) { { f->kohya, 0.8, 0.5 }, { f->peft, -0.6, 1.1 } }, 2);
  ask (f, &b);
  g_assert_true (same (&a, &b));
  answer_clear (&a);
  answer_clear (&b);
  set_loras (f, (LimnLoraUse[]) { { f->kohya, 0, 0 } }, 1);
  ask (f, &zero);
  g_assert_true (same (&zero, &base));

  /* The words are the same as those before, but not what becomes of them in the UNet. */
  set_loras (f, (LimnLoraUse[]) { { f->kohya, 0.8, 0 } }, 1);
  ask (f, &a);
  set_loras (f, (LimnLoraUse[]) { { f->kohya, 0.8, 0.5 } }, 1);
  ask (f, &b);
  g_assert_false (same (&a, &b));
  answer_clear (&b);
  set_loras (f, (LimnLoraUse[]) { { f->kohya, 0.8, 0 } }, 1);
  ask (f, &b);
  g_assert_true (same (&a, &b));
  answer_clear (&a);
  answer_clear (&b);
  answer_clear (&base);
  answer_clear (&zero);
}

/* What is cancelled halfway is put right by the next call. */
static void
test_cancelled (Fixture *f, gconstpointer data)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  Answer base, after;

  if (!f->gl)
    return;
  ask (f, &base);
  g_cancellable_cancel (cancellable);
  g_assert_false (limn_pipeline_set_loras (f->pipeline, &(LimnLoraUse) { f->kohya, 1, 1 }, 1, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  set_loras (f, NULL, 0);
  ask (f, &after);
  g_assert_true (same (&after, &base));
  answer_clear (&base);
  answer_clear (&after);
}

static char *
write_lora (const char *folder, const char *file, guint context_width)
{
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  static const char *const layers[] = { "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k",
                                        "lora_unet_down_blocks_2_attentions_0_transformer_blocks_0_attn2_to_k" };
  g_autofree float *zeros = g_new0 (float, 4096);
  g_autoptr(GBytes) bytes = NULL;
  char *path = g_build_filename (folder, file, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (layers); i++)
    {
      g_autofree char *down = g_strconcat (layers[i], ".lora_down.weight", NULL);
      g_autofree char *up = g_strconcat (layers[i], ".lora_up.weight", NULL);

      limn_safetensors_writer_add_copy (writer, down, LIMN_SAFETENSORS_F32, 2, (guint64[]) { 1, context_width }, zeros);
      limn_safetensors_writer_add_copy (writer, up, LIMN_SAFETENSORS_F32, 2, (guint64[]) { 160, 1 }, zeros);
    }
  bytes = limn_safetensors_writer_to_bytes (writer);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
  return path;
}

/* One for another family is refused and changes nothing; one that fits in part says how much. */
static void
test_other_family (Fixture *f, gconstpointer data)
{
  g_autofree char *folder = NULL;
  g_autofree char *sd2 = NULL;
  g_autofree char *odd = NULL;
  g_autofree char *half = NULL;
  g_autoptr(GError) error = NULL;
  const LimnLoraFit *fits;
  Answer base, after;
  guint n;

  if (!f->gl)
    return;
  folder = g_dir_make_tmp ("limn-lora-XXXXXX", NULL);
  sd2 = write_lora (folder, "ink.safetensors", 1024);
  odd = write_lora (folder, "odd.safetensors", 77);
  half = write_lora (folder, "half.safetensors", 128);
  ask (f, &base);
  g_assert_false (limn_pipeline_set_loras (f->pipeline, (LimnLoraUse[]) { { f->kohya, 1, 1 }, { sd2, 1, 1 } }, 2, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "“ink.safetensors” was made for Stable Diffusion 2.x"));
  g_clear_error (&error);
  g_assert_false (limn_pipeline_set_loras (f->pipeline, &(LimnLoraUse) { odd, 1, 1 }, 1, NULL, &error));
  g_assert_nonnull (strstr (error->message, "another kind of model"));
  g_clear_error (&error);
  g_assert_false (limn_pipeline_set_loras (f->pipeline, &(LimnLoraUse) { "/nowhere/x.safetensors", 1, 1 }, 1, NULL, &error));
  g_assert_nonnull (error);
  ask (f, &after);
  g_assert_true (same (&after, &base));

  set_loras (f, &(LimnLoraUse) { half, 1, 1 }, 1);
  fits = limn_pipeline_get_lora_fits (f->pipeline, &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (fits[0].name, ==, "half.safetensors");
  g_assert_cmpuint (fits[0].n_fit, ==, 1); /* the starter model has no attention at its coarsest level */
  g_assert_cmpuint (fits[0].n_layers, ==, 2);
  answer_clear (&base);
  answer_clear (&after);
  limn_test_remove_folder (folder);
}

/* --- SDXL's two encoders, with a tiny cousin of its --- */

#define RANK  2
#define WIDTH 1280 /* of the second encoder */

/* Rows @first to @first + @n - 1 of the layer that @name stands for, of a LoRA that is the same by whatever names. */
static void
add_layer (LimnSafetensorsWriter *writer, const char *name, const char *const ends[2], guint first, guint n, guint k)
{
  g_autofree char *down_name = g_strconcat (name, ends[0], NULL);
  g_autofree char *up_name = g_strconcat (name, ends[1], NULL);
  g_autofree float *down = g_new (float, RANK * k);
  g_autofree float *up = g_new (float, n * RANK);

  for (guint i = 0; i < RANK * k; i++)
    down[i] = 0.01f * (float) ((i * 7) % 23) - 0.1f;
  for (guint i = 0; i < n * RANK; i++)
    up[i] = 0.01f * (float) (((first * RANK + i) * 11) % 29) - 0.1f;
  limn_safetensors_writer_add_copy (writer, down_name, LIMN_SAFETENSORS_F32, 2, (guint64[]) { RANK, k }, down);
  limn_safetensors_writer_add_copy (writer, up_name, LIMN_SAFETENSORS_F32, 2, (guint64[]) { n, RANK }, up);
}

static char *
save (LimnSafetensorsWriter *writer, const char *folder, const char *file)
{
  g_autoptr(GBytes) bytes = limn_safetensors_writer_to_bytes (writer);
  char *path = g_build_filename (folder, file, NULL);

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
  return path;
}

static LimnConditioning *
encode_ids (LimnPipeline *pipeline)
{
  LimnPromptChunk chunk;
  LimnPrompt prompt = { .n_chunks = 1, .chunks = &chunk };
  g_autoptr(GError) error = NULL;
  LimnConditioning *told;

  memset (&chunk, 0, sizeof chunk);
  chunk.n_tokens = 5;
  for (guint i = 0; i < LIMN_PROMPT_CHUNK_LENGTH; i++)
    {
      chunk.ids[i] = i == 0 ? 1004 : i < 6 ? 40 + 13 * i : 1005;
      chunk.weights[i] = 1;
    }
  told = limn_pipeline_encode_prompt (pipeline, &prompt, NULL, 0, NULL, &error);
  g_assert_no_error (error);
  return told;
}

static gboolean
same_told (const LimnConditioning *a, const LimnConditioning *b)
{
  return memcmp (a->states, b->states, (gsize) a->tokens * a->width * sizeof (float)) == 0 &&
         memcmp (a->vector, b->vector, a->vector_width * sizeof (float)) == 0;
}

/* By the names of kohya, of the original code and of OpenCLIP, where query, key and value are one; and by those of diffusers: the same bits, in
 * a checkpoint that is one file, where these weights are thirds of a matrix. */
static void
test_two_encoders (void)
{
  static const char *const kohya_ends[] = { ".lora_down.weight", ".lora_up.weight" }, *const peft_ends[] = { ".lora_A.weight", ".lora_B.weight" };
  static const char *const thirds[] = { "q_proj", "k_proj", "v_proj" };
  const LimnModelOptions options = { .without_tokenizer = TRUE };
  g_autoptr(LimnGl) gl = test_gpu_new ();
  g_autofree char *folder = g_dir_make_tmp ("limn-lora-XXXXXX", NULL);
  g_autofree char *tables = test_path ("tests/model/cousins/tensors.txt");
  g_autofree char *model_path = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr(LimnSafetensorsWriter) kohya = limn_safetensors_writer_new ();
  g_autoptr(LimnSafetensorsWriter) peft = limn_safetensors_writer_new ();
  g_autofree char *kohya_path = NULL;
  g_autofree char *peft_path = NULL;
  g_autoptr(LimnPipeline) pipeline = NULL;
  g_autoptr(LimnConditioning) base = NULL;
  g_autoptr(LimnConditioning) after = NULL;
  g_autoptr(LimnConditioning) by_kohya = NULL;
  g_autoptr(LimnConditioning) by_peft = NULL;
  g_autoptr(GError) error = NULL;
  LimnModel *model;

  if (!gl)
    return;
  add_layer (kohya, "lora_te1_text_model_encoder_layers_0_self_attn_q_proj", kohya_ends, 0, 768, 768);
  add_layer (kohya, "lora_te2_transformer_resblocks_0_attn_in_proj", kohya_ends, 0, 3 * WIDTH, WIDTH);
  add_layer (kohya, "lora_unet_label_emb_0_0", kohya_ends, 0, 256, 2816);
  add_layer (peft, "text_encoder.text_model.encoder.layers.0.self_attn.q_proj", peft_ends, 0, 768, 768);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strconcat ("text_encoder_2.text_model.encoder.layers.0.self_attn.", thirds[i], NULL);

      add_layer (peft, name, peft_ends, i * WIDTH, WIDTH, WIDTH);
    }
  add_layer (peft, "unet.add_embedding.linear_1", peft_ends, 0, 256, 2816);
  kohya_path = save (kohya, folder, "kohya.safetensors");
  peft_path = save (peft, folder, "peft.safetensors");
  limn_cousin_write_file (LIMN_COUSIN_SDXL, tables, model_path);
  model = limn_model_open_with (model_path, &options, &error);
  g_assert_no_error (error);
  pipeline = limn_pipeline_new (gl, model, LIMN_DTYPE_F32, &error);
  g_assert_no_error (error);

  base = encode_ids (pipeline);
  for (guint i = 0; i < 2; i++)
    {
      const LimnLoraUse use = { i == 0 ? kohya_path : peft_path, 1, 1 };
      const LimnLoraFit *fits;
      guint n;

      limn_pipeline_set_loras (pipeline, &use, 1, NULL, &error);
      g_assert_no_error (error);
      fits = limn_pipeline_get_lora_fits (pipeline, &n);
      g_assert_cmpuint (fits[0].n_layers, ==, i == 0 ? 3 : 5);
      g_assert_cmpuint (fits[0].n_fit, ==, fits[0].n_layers);
      *(i == 0 ? &by_kohya : &by_peft) = encode_ids (pipeline);
    }
  g_assert_false (same_told (by_kohya, base));
  g_assert_true (same_told (by_kohya, by_peft));
  limn_pipeline_set_loras (pipeline, NULL, 0, NULL, &error);
  g_assert_no_error (error);
  after = encode_ids (pipeline);
  g_assert_true (same_told (after, base));
  limn_test_remove_folder (folder);
}

void
test_add_lora_pipeline (void)
{
  gconstpointer f32 = GINT_TO_POINTER (LIMN_DTYPE_F32), f16 = GINT_TO_POINTER (LIMN_DTYPE_F16);

  g_test_add ("/model/lora/merged/f32", Fixture, f32, set_up, test_merged, tear_down);
  g_test_add ("/model/lora/merged/f16", Fixture, f16, set_up, test_merged, tear_down);
  g_test_add ("/model/lora/hundred-times", Fixture, f16, set_up, test_hundred_times, tear_down);
  g_test_add ("/model/lora/ways", Fixture, f32, set_up, test_ways, tear_down);
  g_test_add ("/model/lora/cancelled", Fixture, f32, set_up, test_cancelled, tear_down);
  g_test_add_func ("/model/lora/two-encoders", test_two_encoders);
  g_test_add ("/model/lora/other-family", Fixture, f32, set_up, test_other_family, tear_down);
}
