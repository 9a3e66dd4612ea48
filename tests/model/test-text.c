/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the encoders of other families do otherwise than the starter model's, shown with the starter's weights: layers left out, no norm at the
 * end, a pooled output, a second encoder with its own padding, rows in the place of tokens. Whether the numbers are those of the real models
 * is limn-fixtures --checkpoint's to say. */
#include "config.h"

#include "test-model.h"

#include "model/limn-pipeline-private.h"

#include <math.h>
#include <string.h>

#define WIDTH  128 /* of a state */
#define LAYERS 3
#define TOKENS LIMN_PROMPT_CHUNK_LENGTH
#define VALUES (TOKENS * WIDTH)

typedef struct
{
  LimnGl           *gl;
  LimnArena        *arena;
  LimnModel        *model;
  LimnModelWeights *weights;
  LimnPrompt       *prompt; /* "a red house" */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  f->gl = test_gpu_new ();
  if (!f->gl)
    return;
  f->arena = limn_arena_new (f->gl);
  f->model = limn_model_open (NULL, &error);
  g_assert_no_error (error);
  f->weights = limn_model_open_part (f->model, LIMN_MODEL_TEXT_ENCODER, &error);
  g_assert_no_error (error);
  f->prompt = limn_prompt_new (limn_model_get_tokenizer (f->model), "a red house", LIMN_PROMPT_PLAIN, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  limn_prompt_free (f->prompt);
  limn_model_weights_free (f->weights);
  limn_model_free (f->model);
  limn_arena_free (f->arena);
  limn_gl_free (f->gl);
}

static LimnTextConfig
own_config (Fixture *f)
{
  return limn_model_get_facts (f->model)->texts[0];
}

static LimnTextEncoder *
load (Fixture *f, const LimnTextConfig *config, LimnDtype dtype)
{
  g_autoptr(GError) error = NULL;
  LimnTextEncoder *encoder;
  LimnLoader loader;

  limn_model_weights_init_loader (f->weights, &loader, f->gl, dtype, NULL);
  encoder = limn_text_encoder_new (&loader, config, f->arena, &error);
  limn_loader_clear (&loader);
  g_assert_no_error (error);
  return encoder;
}

/* An encoder with a pooled output; its weights are made up, since the starter model has none. */
static LimnTextEncoder *
load_pooled (Fixture *f, LimnTextConfig *config)
{
  g_autoptr(GError) error = NULL;
  LimnTextEncoder *encoder;
  LimnLoader loader;

  *config = own_config (f);
  config->projection = 64;
  limn_loader_init (&loader, f->gl, NULL, "made up", LIMN_DTYPE_F32, NULL);
  encoder = limn_text_encoder_new (&loader, config, f->arena, &error);
  limn_loader_clear (&loader);
  g_assert_no_error (error);
  return encoder;
}

static void
run (LimnTextEncoder *encoder, const guint32 *ids, const LimnTextInput *extra, guint skip, LimnTaps *taps, float *states, float *pooled)
{
  g_autoptr(GError) error = NULL;

  limn_text_encoder_run (encoder, ids, extra, skip, taps, NULL, states, pooled, &error);
  g_assert_no_error (error);
}

/* Without the norm the states are those of the layer itself, whichever it is; with it they are another. */
static void
test_skip (Fixture *f, gconstpointer data)
{
  float states[VALUES], normed[VALUES];
  LimnTextConfig config;

  if (!f->gl)
    return;
  config = own_config (f);
  g_assert_cmpuint (config.n_layers, ==, LAYERS);
  for (guint skip = 0; skip < LAYERS; skip++)
    {
      g_autoptr(LimnTextEncoder) raw = NULL;
      g_autoptr(LimnTextEncoder) own = NULL;
      g_autoptr(LimnTaps) taps = limn_taps_new ();
      g_autofree char *name = g_strdup_printf ("text_model.encoder.layers.%u", LAYERS - 1 - skip);
      const LimnTap *tap;

      config.final_norm = FALSE;
      raw = load (f, &config, LIMN_DTYPE_F32);
      run (raw, f->prompt->chunks[0].ids, NULL, skip, taps, states, NULL);
      tap = limn_taps_lookup (taps, name);
      g_assert_nonnull (tap);
      g_assert_cmpmem (states, sizeof states, tap->values, VALUES * sizeof *tap->values);
      /* What comes after it is not computed. */
      g_assert_cmpuint (limn_taps_get_n (taps), ==, 1 + LAYERS - skip);

      config.final_norm = TRUE;
      own = load (f, &config, LIMN_DTYPE_F32);
      run (own, f->prompt->chunks[0].ids, NULL, skip, NULL, normed, NULL);
      g_assert_cmpfloat (test_l2 (normed, states, VALUES), >, 0.1);
    }
  /* More than there is leaves one. */
  {
    g_autoptr(LimnTextEncoder) own = load (f, &config, LIMN_DTYPE_F32);

    run (own, f->prompt->chunks[0].ids, NULL, 11, NULL, states, NULL);
    g_assert_cmpmem (states, sizeof states, normed, sizeof normed);
  }
}

/* The pooled output is the whole encoder's, at the first end: neither what is left out of the states nor what follows that end changes a bit of it. */
static void
test_pooled (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnTextEncoder) encoder = NULL;
  float states[VALUES], plain[VALUES], pooled[64], again[64];
  guint32 ids[TOKENS];
  LimnTextConfig config;
  double squares = 0;

  if (!f->gl)
    return;
  encoder = load_pooled (f, &config);
  memset (ids, 0, sizeof ids);
  for (guint i = 0; i < 5; i++)
    ids[i] = 7 * i;
  ids[5] = config.vocab_size - 1;
  run (encoder, ids, NULL, 0, NULL, states, pooled);
  run (encoder, ids, NULL, 0, NULL, plain, NULL);
  g_assert_cmpmem (plain, sizeof plain, states, sizeof states);
  for (guint i = 0; i < G_N_ELEMENTS (pooled); i++)
    squares += pooled[i] * pooled[i];
  g_assert_cmpfloat (squares, >, 1);

  run (encoder, ids, NULL, 2, NULL, states, again);
  g_assert_cmpmem (again, sizeof again, pooled, sizeof pooled);
  g_assert_cmpfloat (test_l2 (states, plain, VALUES), >, 0.1);
  for (guint i = 6; i < TOKENS; i++)
    ids[i] = ids[5];
  run (encoder, ids, NULL, 0, NULL, states, again);
  g_assert_cmpmem (again, sizeof again, pooled, sizeof pooled);
  ids[4]++;
  run (encoder, ids, NULL, 0, NULL, states, again);
  g_assert_cmpfloat (test_l2 (again, pooled, G_N_ELEMENTS (pooled)), >, 1e-3);
}

/* A row in the place of a token's, with the row of another token: the same bits as with that token. And it leaves no trace. */
static void
test_extra (Fixture *f, gconstpointer data)
{
  const LimnCheckpoint *file;
  const LimnSafetensorsTensor *table;
  LimnTextConfig config;

  if (!f->gl)
    return;
  config = own_config (f);
  file = limn_model_weights_get_file (f->weights);
  table = limn_checkpoint_lookup (file, "text_model.embeddings.token_embedding.weight");
  g_assert_nonnull (table);
  for (guint half = 0; half < 2; half++)
    {
      g_autoptr(LimnTextEncoder) encoder = load (f, &config, half ? LIMN_DTYPE_F16 : LIMN_DTYPE_F32);
      g_autoptr(GError) error = NULL;
      float rows[2 * WIDTH], want[VALUES], got[VALUES], plain[VALUES];
      const guint positions[2] = { 3, 1 };
      const LimnTextInput extra = { 2, positions, rows };
      guint32 ids[TOKENS];

      memcpy (ids, f->prompt->chunks[0].ids, sizeof ids);
      run (encoder, ids, NULL, 0, NULL, plain, NULL);
      ids[positions[0]] = 500;
      ids[positions[1]] = 17;
      run (encoder, ids, NULL, 0, NULL, want, NULL);
      limn_checkpoint_read_f32 (file, table, 500 * WIDTH, WIDTH, rows, &error);
      limn_checkpoint_read_f32 (file, table, 17 * WIDTH, WIDTH, rows + WIDTH, &error);
      g_assert_no_error (error);
      run (encoder, f->prompt->chunks[0].ids, &extra, 0, NULL, got, NULL);
      g_assert_cmpmem (got, sizeof got, want, sizeof want);
      run (encoder, f->prompt->chunks[0].ids, NULL, 0, NULL, got, NULL);
      g_assert_cmpmem (got, sizeof got, plain, sizeof plain);
    }
}

/* Two encoders: side by side, each padded in its own way, its own layers left out; clip skip counts those that the file lacks. */
static void
test_two (Fixture *f, gconstpointer data)
{
  LimnModelFacts facts;
  g_autoptr(LimnTextEncoder) first = NULL;
  g_autoptr(LimnTextEncoder) second = NULL;
  g_autoptr(GError) error = NULL;
  float want[VALUES];
  guint32 ids[TOKENS];

  if (!f->gl)
    return;
  facts = *limn_model_get_facts (f->model);
  facts.n_texts = 2;
  facts.texts[1] = facts.texts[0];
  facts.texts[1].pad_id = 0;
  facts.texts[1].skip = 1;
  facts.texts[1].missing = 1;
  facts.unet.context_width = 2 * WIDTH;
  first = load (f, &facts.texts[0], LIMN_DTYPE_F32);
  second = load (f, &facts.texts[1], LIMN_DTYPE_F32);
  for (guint clip_skip = 0; clip_skip <= 3; clip_skip++)
    {
      g_autoptr(LimnConditioning) told = limn_pipeline_text_begin (&facts, 1, NULL);
      const guint skips[2][4] = { { 0, 0, 1, 2 }, { 1, 0, 0, 1 } };

      g_assert_null (told->vector);
      for (guint which = 0; which < 2; which++)
        {
          limn_pipeline_text_add (told, &facts, which, which ? second : first, f->prompt, clip_skip, NULL, &error);
          g_assert_no_error (error);
        }
      for (guint which = 0; which < 2; which++)
        {
          memcpy (ids, f->prompt->chunks[0].ids, sizeof ids);
          for (guint i = f->prompt->chunks[0].n_tokens + 2; which == 1 && i < TOKENS; i++)
            ids[i] = 0;
          run (first, ids, NULL, skips[which][clip_skip], NULL, want, NULL);
          for (guint t = 0; t < TOKENS; t++)
            g_assert_cmpmem (told->states + (2 * t + which) * WIDTH, WIDTH * sizeof (float), want + t * WIDTH, WIDTH * sizeof (float));
        }
    }
}

/* text_encoder/config.json of published models: how many layers, what the file lacks of the encoder, what comes out beside the states. */
static void
test_published (void)
{
  static const struct
  {
    guint       width;
    guint       heads;
    guint       n_layers;
    const char *architecture;
    guint       missing;
    guint       projection;
  } table[] = {
    { 768, 12, 12, "CLIPTextModel", 0, 0 },
    { 768, 12, 11, "CLIPTextModel", 1, 0 }, /* some SD 1.x folders, made for clip skip 2 */
    { 1024, 16, 23, "CLIPTextModel", 1, 0 },
    { 1024, 16, 24, "CLIPTextModel", 0, 0 },
    { 1280, 20, 32, "CLIPTextModelWithProjection", 0, 1280 },
    { 1280, 20, 3, "CLIPTextModel", 0, 0 }, /* not that encoder */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *text =
        g_strdup_printf ("{ \"architectures\": [\"%s\"], \"hidden_size\": %u, \"intermediate_size\": %u, \"num_attention_heads\": %u,"
                         "  \"num_hidden_layers\": %u, \"vocab_size\": 49408, \"projection_dim\": 1280, \"hidden_act\": \"gelu\" }",
                         table[i].architecture, table[i].width, 4 * table[i].width, table[i].heads, table[i].n_layers);
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnJson) json = limn_json_new_for_data (text, strlen (text), "config.json", 0, &error);
      LimnTextConfig config;

      g_assert_no_error (error);
      g_assert_true (limn_text_config_read (&config, json, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (config.missing, ==, table[i].missing);
      g_assert_cmpuint (config.projection, ==, table[i].projection);
      g_assert_cmpuint (config.skip, ==, 0);
      g_assert_true (config.final_norm);
    }
}

/* unet/config.json of SDXL base and of its refiner. */
static void
test_published_xl (void)
{
  static const char * const texts[] = {
    "{ '_class_name': 'UNet2DConditionModel', 'act_fn': 'silu', 'addition_embed_type': 'text_time',"
    "  'addition_embed_type_num_heads': 64, 'addition_time_embed_dim': 256, 'attention_head_dim': [5, 10, 20],"
    "  'block_out_channels': [320, 640, 1280], 'cross_attention_dim': 2048, 'in_channels': 4, 'layers_per_block': 2,"
    "  'down_block_types': ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'], 'out_channels': 4,"
    "  'up_block_types': ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'], 'num_attention_heads': null,"
    "  'projection_class_embeddings_input_dim': 2816, 'sample_size': 128, 'time_cond_proj_dim': null,"
    "  'transformer_layers_per_block': [1, 2, 10], 'upcast_attention': null, 'use_linear_projection': true }",
    "{ '_class_name': 'UNet2DConditionModel', 'addition_embed_type': 'text_time', 'addition_time_embed_dim': 256,"
    "  'attention_head_dim': [6, 12, 24, 24], 'block_out_channels': [384, 768, 1536, 1536], 'cross_attention_dim': 1280,"
    "  'down_block_types': ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],"
    "  'in_channels': 4, 'layers_per_block': 2, 'out_channels': 4, 'sample_size': 128,"
    "  'projection_class_embeddings_input_dim': 2560, 'transformer_layers_per_block': 4, 'use_linear_projection': true,"
    "  'up_block_types': ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'] }",
  };
  static const guint n_levels[] = { 3, 4 }, mid_depths[] = { 10, 4 }, n_sizes[] = { LIMN_PROMPT_N_SIZES, LIMN_PROMPT_N_REFINER_SIZES };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = g_strdelimit (g_strdup (texts[i]), "'", '"');
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnJson) json = limn_json_new_for_data (text, strlen (text), "config.json", 0, &error);
      LimnUnetConfig config;

      g_assert_no_error (error);
      g_assert_true (limn_unet_config_read (&config, json, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (config.n_levels, ==, n_levels[i]);
      g_assert_cmpuint (config.mid_depth, ==, mid_depths[i]);
      g_assert_cmpuint (config.vector_width, ==, 1280 + n_sizes[i] * config.vector_step);
      g_assert_false (config.levels[0].down_attention || config.levels[0].up_attention);
      for (guint level = 0; level < config.n_levels; level++)
        g_assert_cmpuint (config.levels[level].channels, ==, 64 * config.levels[level].heads);
    }
}

/* Height before width, cosines before sines; the refiner's fifth is the score. */
static void
test_sizes (void)
{
  LimnPromptSizes sizes = {
    .original_width = 640,
    .original_height = 480,
    .crop_x = 8,
    .crop_y = 16,
    .target_width = 320,
    .target_height = 256,
    .aesthetic = 2.5,
  };
  const double base[] = { 480, 640, 16, 8, 256, 320 }, refiner[] = { 480, 640, 16, 8, 2.5 };
  float values[6 * 8];

  for (guint n = 5; n <= 6; n++)
    {
      limn_prompt_sizes_embed (&sizes, n, 8, values);
      for (guint k = 0; k < n; k++)
        for (guint i = 0; i < 4; i++)
          {
            /* 10000^(-i/4) is a power of ten. */
            double angle = (n == 5 ? refiner : base)[k] * pow (10, -(double) i);

            g_assert_cmpfloat (fabs (values[8 * k + i] - cos (angle)), <, 1e-6);
            g_assert_cmpfloat (fabs (values[8 * k + 4 + i] - sin (angle)), <, 1e-6);
          }
    }
}

static void
test_conditioning (void)
{
  g_autoptr(LimnConditioning) told = limn_conditioning_new (2, 3, 5, 2);
  g_autoptr(LimnConditioning) copy = NULL;

  for (guint i = 0; i < 6; i++)
    told->states[i] = 1 + i;
  for (guint i = 0; i < 5; i++)
    told->vector[i] = 10 + i;
  copy = limn_conditioning_copy (told);
  g_assert_cmpmem (copy->states, 6 * sizeof (float), told->states, 6 * sizeof (float));
  g_assert_cmpmem (copy->vector, 5 * sizeof (float), told->vector, 5 * sizeof (float));
  limn_conditioning_forget_text (copy);
  for (guint i = 0; i < 6; i++)
    g_assert_cmpfloat (copy->states[i], ==, 0);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpfloat (copy->vector[i], ==, i < 2 ? 0 : 10 + i);
  g_assert_cmpfloat (told->vector[0], ==, 10);
}

/* A UNet of SDXL's kind, made up: a level without attention, a middle that is deeper, a vector. Each sample has its own, and hangs on it. */
static void
test_vector (Fixture *f, gconstpointer data)
{
  static const LimnUnetConfig config = {
    .in_channels = 4,
    .out_channels = 4,
    .context_width = 48,
    .groups = 8,
    .eps = 1e-5f,
    .flip = TRUE,
    .n_levels = 2,
    .levels = { { 32, 1, 2, 0, TRUE, TRUE }, { 64, 1, 4, 2, TRUE, TRUE } },
    .mid_depth = 3,
    .vector_width = 20,
    .vector_step = 2,
  };
  g_autoptr(LimnUnet) unet = NULL;
  g_autoptr(LimnTaps) taps = limn_taps_new ();
  g_autoptr(GError) error = NULL;
  float x[2 * 256], context[2 * 5 * 48], vector[2 * 20], y[2 * 256], one[256];
  const float t[2] = { 500, 20.5f };
  LimnUnetInput input = { .n = 2, .h = 8, .w = 8, .tokens = 5, .x = x, .t = t, .context = context, .vector = vector };
  LimnLoader loader;

  if (!f->gl)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (x); i++)
    x[i] = sin (i);
  for (guint i = 0; i < G_N_ELEMENTS (context); i++)
    context[i] = cos (3 * i);
  for (guint i = 0; i < G_N_ELEMENTS (vector); i++)
    vector[i] = sin (5 * i);
  limn_loader_init (&loader, f->gl, NULL, "made up", LIMN_DTYPE_F32, NULL);
  unet = limn_unet_new (&loader, &config, f->arena, &error);
  limn_loader_clear (&loader);
  g_assert_no_error (error);
  limn_unet_run (unet, &input, taps, NULL, y, &error);
  g_assert_no_error (error);
  g_assert_null (limn_taps_lookup (taps, "down_blocks.0.attentions.0"));
  g_assert_null (limn_taps_lookup (taps, "up_blocks.1.attentions.0"));
  g_assert_nonnull (limn_taps_lookup (taps, "down_blocks.1.attentions.0"));

  input.n = 1;
  for (guint i = 0; i < 2; i++)
    {
      input.x = x + 256 * i;
      input.t = t + i;
      input.context = context + 5 * 48 * i;
      input.vector = vector + 20 * i;
      limn_unet_run (unet, &input, NULL, NULL, one, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (one, sizeof one, y + 256 * i, sizeof one);
    }
  vector[20] += 0.5f;
  limn_unet_run (unet, &input, NULL, NULL, one, &error);
  g_assert_no_error (error);
  /* measured 0.14 */
  g_assert_cmpfloat (test_l2 (one, y + 256, 256), >, 0.01);
}

/* What a latent consistency model is told of the guidance: here by the formula, there in a bias. */
static void
test_guidance (Fixture *f, gconstpointer data)
{
  enum { C = 32, WIDTH_G = 8 };
  static const LimnUnetConfig config = {
    .in_channels = 4,
    .out_channels = 4,
    .context_width = 48,
    .groups = 8,
    .eps = 1e-5f,
    .flip = TRUE,
    .n_levels = 2,
    .levels = { { C, 1, 2, 1, TRUE, TRUE }, { 64, 1, 4, 1, FALSE, FALSE } },
    .mid_depth = 1,
    .guidance_width = WIDTH_G,
  };
  g_autoptr(LimnUnet) unet = NULL;
  g_autoptr(LimnTaps) taps = limn_taps_new ();
  g_autoptr(GError) error = NULL;
  float projection[C * WIDTH_G], first[4 * C * C], second[16 * C * C], features[C], hidden[4 * C], want[4 * C];
  float x[256] = { 1 }, context[48] = { 1 }, y[256];
  const float t = 250;
  const LimnUnetInput input = { .n = 1, .h = 8, .w = 8, .tokens = 1, .x = x, .t = &t, .context = context };
  const LimnTap *tap;
  LimnLoader loader;

  if (!f->gl)
    return;
  limn_loader_init (&loader, f->gl, NULL, "made up", LIMN_DTYPE_F32, NULL);
  unet = limn_unet_new (&loader, &config, f->arena, &error);
  g_assert_no_error (error);
  g_assert_true (limn_loader_read (&loader, "time_embedding.cond_proj.weight", C, WIDTH_G, projection, &error));
  g_assert_true (limn_loader_read (&loader, "time_embedding.linear_1.weight", 4 * C, C, first, &error));
  g_assert_true (limn_loader_read (&loader, "time_embedding.linear_2.weight", 4 * C, 4 * C, second, &error));
  limn_loader_clear (&loader);
  limn_unet_run (unet, &input, taps, NULL, y, &error);
  g_assert_no_error (error);

  tap = limn_taps_lookup (taps, "time_proj");
  for (guint k = 0; k < C; k++)
    {
      features[k] = tap->values[k];
      for (guint i = 0; i < WIDTH_G; i++)
        {
          double angle = 1000 * 7.5 * pow (10000, -(double) (i % 4) / 3);

          features[k] += projection[k * WIDTH_G + i] * (i < 4 ? sin (angle) : cos (angle));
        }
    }
  for (guint n = 0; n < 4 * C; n++)
    {
      double sum = 0;

      for (guint k = 0; k < C; k++)
        sum += first[n * C + k] * features[k];
      hidden[n] = sum / (1 + exp (-sum));
    }
  for (guint n = 0; n < 4 * C; n++)
    {
      want[n] = 0;
      for (guint k = 0; k < 4 * C; k++)
        want[n] += second[n * 4 * C + k] * hidden[k];
    }
  tap = limn_taps_lookup (taps, "time_embedding");
  /* measured 2.2e-7 */
  g_assert_cmpfloat (test_l2 (tap->values, want, 4 * C), <, 1e-6);
}

void
test_add_text (void)
{
  g_test_add ("/model/text/skip", Fixture, NULL, set_up, test_skip, tear_down);
  g_test_add ("/model/text/pooled", Fixture, NULL, set_up, test_pooled, tear_down);
  g_test_add ("/model/text/extra", Fixture, NULL, set_up, test_extra, tear_down);
  g_test_add ("/model/text/two", Fixture, NULL, set_up, test_two, tear_down);
  g_test_add_func ("/model/text/published", test_published);
  g_test_add_func ("/model/text/published-xl", test_published_xl);
  g_test_add_func ("/model/text/sizes", test_sizes);
  g_test_add_func ("/model/text/conditioning", test_conditioning);
  g_test_add ("/model/unet/vector", Fixture, NULL, set_up, test_vector, tear_down);
  g_test_add ("/model/unet/guidance", Fixture, NULL, set_up, test_guidance, tear_down);
}
