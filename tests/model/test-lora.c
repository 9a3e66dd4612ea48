/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Files of LoRAs, and what they add: held against sums in double. */

#include "test-lora.h"

#include "base/limn-error.h"
#include "formats/limn-safetensors-writer.h"
#include "model/limn-lora-set.h"

#include <math.h>
#include <string.h>

/* --- Files --- */

static void
add (LimnSafetensorsWriter *writer, const char *name, float seed, guint n_dims, guint64 a, guint64 b, guint64 side)
{
  const guint64 dims[4] = { a, b, side, side };
  gsize n = n_dims == 0 ? 1 : a * b * (n_dims == 4 ? side * side : 1);
  g_autofree float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = n_dims == 0 ? seed : sinf (seed + 0.7f * i);
  limn_safetensors_writer_add_copy (writer, name, LIMN_SAFETENSORS_F32, n_dims, dims, values);
}

static void
add_pair (LimnSafetensorsWriter *writer, const char *layer, guint n, guint k, guint rank)
{
  g_autofree char *down = g_strconcat (layer, ".lora_down.weight", NULL);
  g_autofree char *up = g_strconcat (layer, ".lora_up.weight", NULL);

  add (writer, down, 1, 2, rank, k, 1);
  add (writer, up, 2, 2, n, rank, 1);
}

static LimnLora *
read_lora (LimnSafetensorsWriter *writer, const char *config, GError **error)
{
  g_autoptr(GBytes) bytes = limn_safetensors_writer_to_bytes (writer);
  g_autoptr(GBytes) text = config ? g_bytes_new (config, strlen (config)) : NULL;
  LimnCheckpoint *checkpoint = limn_checkpoint_new_for_bytes (bytes, "style.safetensors", error);

  g_assert_nonnull (checkpoint);
  return limn_lora_new (checkpoint, text, error);
}

static const LimnLoraLayer *
find_layer (const LimnLora *lora, const char *name)
{
  for (guint i = 0; i < limn_lora_get_n_layers (lora); i++)
    if (g_str_equal (limn_lora_get_layer (lora, i)->layer, name))
      return limn_lora_get_layer (lora, i);
  g_assert_not_reached ();
}

static void
test_shapes (void)
{
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnLora) lora = NULL;
  const LimnLoraLayer *layer;

  add_pair (writer, "lora_unet_a_attn2_to_k", 6, 10, 4);
  add (writer, "lora_unet_a_attn2_to_k.alpha", 2, 0, 1, 1, 1);
  add (writer, "lora_unet_conv.lora_down.weight", 0, 4, 2, 5, 3);
  add (writer, "lora_unet_conv.lora_up.weight", 0, 4, 7, 2, 1);
  add (writer, "lora_unet_thin.lora_down.weight", 0, 4, 2, 5, 1);
  add (writer, "lora_unet_thin.lora_mid.weight", 0, 4, 2, 2, 3);
  add (writer, "lora_unet_thin.lora_up.weight", 0, 4, 7, 2, 1);
  add (writer, "lora_unet_wide.lora_down.weight", 0, 4, 2, 5, 5);
  add (writer, "lora_unet_wide.lora_up.weight", 0, 4, 7, 2, 1);
  add (writer, "bundle_emb.word", 0, 2, 1, 8, 1);
  lora = read_lora (writer, NULL, &error);
  g_assert_no_error (error);

  g_assert_cmpuint (limn_lora_get_n_layers (lora), ==, 4);
  g_assert_cmpuint (limn_lora_get_n_foreign (lora), ==, 1);
  g_assert_cmpuint (limn_lora_get_context_width (lora), ==, 10);
  layer = find_layer (lora, "a_attn2_to_k");
  g_assert_cmpuint (layer->rank, ==, 4);
  g_assert_cmpuint (layer->n, ==, 6);
  g_assert_cmpuint (layer->k, ==, 10);
  g_assert_cmpuint (layer->taps, ==, 1);
  g_assert_cmpfloat (layer->scale, ==, 0.5);
  layer = find_layer (lora, "conv");
  g_assert_cmpuint (layer->n, ==, 7);
  g_assert_cmpuint (layer->k, ==, 5);
  g_assert_cmpuint (layer->taps, ==, 9);
  g_assert_cmpfloat (layer->scale, ==, 1);
  g_assert_cmpuint (find_layer (lora, "thin")->taps, ==, 9);
  /* 5 x 5 is no shape of these networks: it has no place, and that is all. */
  g_assert_cmpuint (find_layer (lora, "wide")->n, ==, 0);
}

typedef struct
{
  const char *name;
  guint       dims[4];
  guint       n_dims;
  int         code;
  const char *says;
} Bad;

static void
test_bad (void)
{
  static const Bad bad[] = {
    { "lora_unet_x.lora_down.weight", { 4, 9 }, 2, LIMN_ERROR_FORMAT, "only one" },
    { "lora_unet_a.lora_mid.weight", { 3, 4, 3, 3 }, 4, LIMN_ERROR_FORMAT, "do not fit" },
    { "unet.a.lora_A.weight", { 4, 9 }, 2, LIMN_ERROR_FORMAT, "says twice" },
    { "lora_unet_a.alpha", { 2, 1 }, 2, LIMN_ERROR_FORMAT, "no number" },
    { "lora_unet_a.hada_w1_a", { 2, 2 }, 2, LIMN_ERROR_UNSUPPORTED, "trained with LoHa" },
    { "lora_unet_b.dora_scale", { 2, 2 }, 2, LIMN_ERROR_UNSUPPORTED, "trained with DoRA" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnLora) lora = NULL;

      add_pair (writer, "lora_unet_a", 6, 9, 4);
      add (writer, bad[i].name, 1, bad[i].n_dims, bad[i].dims[0], bad[i].dims[1], bad[i].dims[2]);
      lora = read_lora (writer, NULL, &error);
      g_assert_null (lora);
      g_test_message ("%s", error->message);
      g_assert_error (error, LIMN_ERROR, bad[i].code);
      g_assert_nonnull (strstr (error->message, bad[i].says));
      g_assert_nonnull (strstr (error->message, "style.safetensors"));
    }
}

static void
test_no_lora (void)
{
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnLora) lora = NULL;

  add (writer, "model.diffusion_model.out.2.weight", 0, 4, 4, 8, 3);
  lora = read_lora (writer, NULL, &error);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "is no LoRA"));
}

/* What PEFT says of its scale: in the metadata, for one layer by its pattern, and beside the file. */
static void
test_peft (void)
{
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(LimnSafetensorsWriter) raw = limn_safetensors_writer_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnLora) lora = NULL;

  add (writer, "unet.a.to_q.lora_A.weight", 0, 2, 4, 9, 1);
  add (writer, "unet.a.to_q.lora_B.weight", 0, 2, 6, 4, 1);
  add (writer, "unet.a.proj_out.lora_A.weight", 0, 2, 4, 9, 1);
  add (writer, "unet.a.proj_out.lora_B.weight", 0, 2, 6, 4, 1);
  add (writer, "text_encoder.b.lora_A.weight", 0, 2, 4, 9, 1);
  add (writer, "text_encoder.b.lora_B.weight", 0, 2, 6, 4, 1);
  limn_safetensors_writer_set_metadata (writer, "lora_adapter_metadata",
                                        "{\"unet.r\": 4, \"unet.lora_alpha\": 12, \"unet.alpha_pattern\": {\"a.proj_out\": 2, \"q\": 1},"
                                        " \"text_encoder.lora_alpha\": 8, \"text_encoder.use_rslora\": true}");
  lora = read_lora (writer, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (find_layer (lora, "a_to_q")->scale, ==, 0.25); /* "q" is the end of it, past a "_" */
  g_assert_cmpfloat (find_layer (lora, "a_proj_out")->scale, ==, 0.5);
  g_assert_cmpfloat (find_layer (lora, "b")->scale, ==, 4);
  g_clear_pointer (&lora, limn_lora_unref);

  add (raw, "base_model.model.a.to_q.lora_A.weight", 0, 2, 4, 9, 1);
  add (raw, "base_model.model.a.to_q.lora_B.weight", 0, 2, 6, 4, 1);
  lora = read_lora (raw, "{\"r\": 4, \"lora_alpha\": 6}", &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (find_layer (lora, "a_to_q")->scale, ==, 1.5);
  g_clear_pointer (&lora, limn_lora_unref);
  lora = read_lora (raw, "{\"r\": 4, \"lora_alpha\": 6, \"use_dora\": true}", &error);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
}

/* --- Names of layers --- */

/* SD 1.x: four levels of two, the first three with attention. */
static void
fill_config (LimnUnetConfig *unet)
{
  *unet = (LimnUnetConfig) { .n_levels = 4 };
  for (guint i = 0; i < 4; i++)
    unet->levels[i] = (LimnUnetLevel) { .channels = 320, .n_layers = 2, .heads = 8, .depth = 1, .down_attention = i < 3, .up_attention = i < 3 };
}

static void
test_original_names (void)
{
  /* Pairs from the table of names that stands with the full-size fixtures, which the original code gave. */
  static const char *const pairs[][2] = {
    { "conv_in", "input_blocks_0_0" },
    { "time_embedding.linear_2", "time_embed_2" },
    { "down_blocks.0.resnets.1.conv1", "input_blocks_2_0_in_layers_2" },
    { "down_blocks.0.attentions.0.proj_in", "input_blocks_1_1_proj_in" },
    { "down_blocks.0.downsamplers.0.conv", "input_blocks_3_0_op" },
    { "down_blocks.2.attentions.1.transformer_blocks.0.attn1.to_q", "input_blocks_8_1_transformer_blocks_0_attn1_to_q" },
    { "down_blocks.3.resnets.1.time_emb_proj", "input_blocks_11_0_emb_layers_1" },
    { "mid_block.resnets.0.conv2", "middle_block_0_out_layers_3" },
    { "mid_block.attentions.0.proj_out", "middle_block_1_proj_out" },
    { "mid_block.resnets.1.conv1", "middle_block_2_in_layers_2" },
    { "up_blocks.0.resnets.2.conv_shortcut", "output_blocks_2_0_skip_connection" },
    { "up_blocks.0.upsamplers.0.conv", "output_blocks_2_1_conv" },
    { "up_blocks.1.attentions.2.proj_in", "output_blocks_5_1_proj_in" },
    { "up_blocks.1.upsamplers.0.conv", "output_blocks_5_2_conv" },
    { "up_blocks.3.attentions.2.transformer_blocks.0.ff.net.2", "output_blocks_11_1_transformer_blocks_0_ff_net_2" },
    { "conv_out", "out_2" },
  };
  g_autoptr(LimnLoraTargets) targets = limn_lora_targets_new ();
  g_autoptr(LimnNames) original = NULL;
  LimnUnetConfig unet;

  fill_config (&unet);
  original = limn_names_new (LIMN_NAMES_UNET, "", &unet, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    limn_lora_targets_add (targets, &(LimnLoraMatrix) { LIMN_LORA_UNET, pairs[i][0], 320, 320, 1 }, original);
  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *flat = limn_lora_flatten (pairs[i][0]);
      const GArray *a = limn_lora_targets_find (targets, &(LimnLoraLayer) { .target = LIMN_LORA_UNET, .layer = pairs[i][1] });
      const GArray *b = limn_lora_targets_find (targets, &(LimnLoraLayer) { .target = LIMN_LORA_ANY, .layer = flat });

      g_test_message ("%s", pairs[i][0]);
      g_assert_nonnull (a);
      g_assert_nonnull (b);
      g_assert_cmpuint (a->len, ==, 1);
      g_assert_cmpstr (g_array_index (a, LimnLoraMatch, 0).matrix->name, ==, pairs[i][0]);
      g_assert_true (g_array_index (b, LimnLoraMatch, 0).matrix == g_array_index (a, LimnLoraMatch, 0).matrix);
      g_assert_null (limn_lora_targets_find (targets, &(LimnLoraLayer) { .target = LIMN_LORA_TEXT, .layer = flat }));
    }
}

/* --- Sums --- */

#define N 40
#define K 1100 /* more than a block of columns, and no multiple of four beyond it */

static void
read_all (const LimnLora *lora, const LimnLoraLayer *layer, float **up, float **down)
{
  g_autoptr(GError) error = NULL;

  *up = g_new (float, layer->n * layer->rank);
  *down = g_new (float, (gsize) layer->rank * layer->k * layer->taps);
  g_assert_true (limn_lora_read_up (lora, layer, 0, layer->n, *up, &error));
  g_assert_true (limn_lora_read_down (lora, layer, *down, &error));
}

/* values += s up down, in double. */
static void
add_slowly (const LimnLora *lora, const char *name, double strength, guint first, guint rows, double *values)
{
  const LimnLoraLayer *layer = find_layer (lora, name);
  g_autofree float *up = NULL, *down = NULL;
  guint row_values = layer->k * layer->taps;

  read_all (lora, layer, &up, &down);
  for (guint row = 0; row < rows; row++)
    for (guint i = 0; i < row_values; i++)
      for (guint r = 0; r < layer->rank; r++)
        values[(gsize) row * row_values + i] += strength * layer->scale * up[(first + row) * layer->rank + r] * down[(gsize) r * row_values + i];
}

static void
test_sum (void)
{
  g_autoptr(LimnSafetensorsWriter) first = limn_safetensors_writer_new ();
  g_autoptr(LimnSafetensorsWriter) second = limn_safetensors_writer_new ();
  g_autoptr(LimnLoraTargets) targets = limn_lora_targets_new ();
  g_autoptr(LimnLoraSet) set = limn_lora_set_new (targets);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnLora) a = NULL;
  g_autoptr(LimnLora) b = NULL;
  g_autofree float *values = g_new (float, N * K);
  g_autofree float *whole = g_new (float, N * K);
  g_autofree double *want = g_new0 (double, N * K);
  LimnLoraFit fit;

  add_pair (first, "lora_unet_x", N, K, 7);
  add (first, "lora_unet_x.alpha", 3, 0, 1, 1, 1);
  add_pair (second, "lora_unet_x", N, K, 4);
  add_pair (second, "lora_unet_y", N, K, 4);
  add_pair (second, "lora_unet_z", N, K, 4);
  a = read_lora (first, NULL, &error);
  g_assert_no_error (error);
  b = read_lora (second, NULL, &error);
  g_assert_no_error (error);
  limn_lora_targets_add (targets, &(LimnLoraMatrix) { LIMN_LORA_UNET, "x", N, K, 1 }, NULL);
  limn_lora_targets_add (targets, &(LimnLoraMatrix) { LIMN_LORA_UNET, "z", N, K - 1, 1 }, NULL);
  limn_lora_set_add (set, a, 0.5, 100, &fit);
  g_assert_cmpuint (fit.n_layers, ==, 1);
  g_assert_cmpuint (fit.n_fit, ==, 1);
  limn_lora_set_add (set, b, -1.25, 100, &fit);
  g_assert_cmpstr (fit.name, ==, "style.safetensors");
  g_assert_cmpuint (fit.n_layers, ==, 3); /* there is no y, and z has another shape */
  g_assert_cmpuint (fit.n_fit, ==, 1);

  for (gsize i = 0; i < N * K; i++)
    want[i] = values[i] = whole[i] = cosf (i);
  add_slowly (a, "x", 0.5, 0, N, want);
  add_slowly (b, "x", -1.25, 0, N, want);
  g_assert_true (limn_lora_set_apply (set, LIMN_LORA_UNET, "x", K, 0, N, whole, NULL, &error));
  for (gsize i = 0; i < N * K; i++)
    g_assert_cmpfloat (fabs (whole[i] - want[i]), <, 3e-6); /* 11 products of numbers below 1, and their sum with one: measured 7e-7 */
  /* In pieces, the same bits. */
  g_assert_true (limn_lora_set_apply (set, LIMN_LORA_UNET, "x", K, 0, 3, values, NULL, &error));
  g_assert_true (limn_lora_set_apply (set, LIMN_LORA_UNET, "x", K, 3, N - 3, values + 3 * K, NULL, &error));
  g_assert_cmpmem (values, N * K * sizeof *values, whole, N * K * sizeof *whole);
  /* Of another network, and of what does not fit, nothing. */
  g_assert_true (limn_lora_set_apply (set, LIMN_LORA_TEXT, "x", K, 0, N, values, NULL, &error));
  g_assert_true (limn_lora_set_apply (set, LIMN_LORA_UNET, "z", K, 0, N, values, NULL, &error));
  g_assert_cmpmem (values, N * K * sizeof *values, whole, N * K * sizeof *whole);
}

/* A convolution, once as it is and once with its middle apart: down[a, k, tap] = sum over b of mid[a, b, tap] down[b, k]. */
static void
test_convolution (void)
{
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnLora) lora = NULL;
  const LimnLoraLayer *layer;
  g_autofree float *up = NULL, *down = NULL;

  add (writer, "lora_unet_x.lora_down.weight", 1, 4, 2, 5, 1);
  add (writer, "lora_unet_x.lora_mid.weight", 4, 4, 2, 2, 3);
  add (writer, "lora_unet_x.lora_up.weight", 2, 4, 6, 2, 1);
  lora = read_lora (writer, NULL, &error);
  g_assert_no_error (error);
  layer = find_layer (lora, "x");
  read_all (lora, layer, &up, &down);
  for (guint a = 0; a < 2; a++)
    for (guint k = 0; k < 5; k++)
      for (guint tap = 0; tap < 9; tap++)
        {
          double want = 0;

          for (guint b = 0; b < 2; b++)
            want += sin (4 + 0.7 * ((a * 2 + b) * 9 + tap)) * sin (1 + 0.7 * (b * 5 + k));
          g_assert_cmpfloat (fabs (down[(a * 5 + k) * 9 + tap] - want), <, 2e-6);
        }
}

/* OpenCLIP's layer of three goes to three matrices, each its rows; all of it or nothing. */
static void
test_stacked (void)
{
  static const char *const names[] = { "text_model.encoder.layers.0.self_attn.q_proj", "text_model.encoder.layers.0.self_attn.k_proj",
                                       "text_model.encoder.layers.0.self_attn.v_proj" };
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(LimnLoraTargets) targets = limn_lora_targets_new ();
  g_autoptr(LimnLoraSet) set = limn_lora_set_new (targets);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnLora) lora = NULL;
  g_autoptr(LimnNames) original = limn_names_new (LIMN_NAMES_OPEN_CLIP, "", NULL, NULL);
  LimnLoraFit fit;

  add_pair (writer, "lora_te2_transformer_resblocks_0_attn_in_proj", 24, 8, 2);
  add_pair (writer, "lora_te2_transformer_resblocks_0_attn_in_proj_x", 24, 8, 2);
  lora = read_lora (writer, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 3; i++)
    limn_lora_targets_add (targets, &(LimnLoraMatrix) { LIMN_LORA_TEXT_2, names[i], 8, 8, 1 }, original);
  limn_lora_set_add (set, lora, 100, 1, &fit);
  g_assert_cmpuint (fit.n_layers, ==, 2);
  g_assert_cmpuint (fit.n_fit, ==, 1);
  for (guint i = 0; i < 3; i++)
    {
      float got[64] = { 0 };
      double want[64] = { 0 };

      add_slowly (lora, "transformer_resblocks_0_attn_in_proj", 1, 8 * i, 8, want);
      g_assert_true (limn_lora_set_apply (set, LIMN_LORA_TEXT_2, names[i], 8, 0, 8, got, NULL, &error));
      for (guint j = 0; j < 64; j++)
        g_assert_cmpfloat (fabs (got[j] - want[j]), <, 1e-6);
    }
}

/* The same text while the same is added, another for another strength, none where nothing is. */
static void
test_key (void)
{
  const char *const names[] = { "y", "x" };
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(LimnLoraTargets) targets = limn_lora_targets_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnLora) lora = NULL;
  double strengths[] = { 0.5, 0.5, 0.7, 0 };
  char *keys[4];

  add_pair (writer, "lora_unet_x", N, K, 4);
  lora = read_lora (writer, NULL, &error);
  g_assert_no_error (error);
  limn_lora_targets_add (targets, &(LimnLoraMatrix) { LIMN_LORA_UNET, "x", N, K, 1 }, NULL);
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr(LimnLoraSet) set = limn_lora_set_new (targets);

      limn_lora_set_add (set, lora, strengths[i], 1, NULL);
      keys[i] = limn_lora_set_dup_key (set, LIMN_LORA_UNET, names, 2);
      g_assert_null (limn_lora_set_dup_key (set, LIMN_LORA_UNET, names, 1));
    }
  g_assert_nonnull (keys[0]);
  g_assert_cmpstr (keys[0], ==, keys[1]);
  g_assert_cmpstr (keys[0], !=, keys[2]);
  g_assert_null (keys[3]);
  for (guint i = 0; i < 4; i++)
    g_free (keys[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_add_lora_key ();
  g_test_add_func ("/lora/file/shapes", test_shapes);
  g_test_add_func ("/lora/file/bad", test_bad);
  g_test_add_func ("/lora/file/no-lora", test_no_lora);
  g_test_add_func ("/lora/file/peft", test_peft);
  g_test_add_func ("/lora/names/original", test_original_names);
  g_test_add_func ("/lora/sum/matrix", test_sum);
  g_test_add_func ("/lora/sum/convolution", test_convolution);
  g_test_add_func ("/lora/sum/stacked", test_stacked);
  g_test_add_func ("/lora/sum/key", test_key);
  return g_test_run ();
}
