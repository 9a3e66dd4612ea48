/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-model.h"

#include "base/limn-error.h"
#include "model/limn-model.h"
#include "tests/limn-test-folder.h"
#include "tests/limn-test-starter.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_starter (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnModel) model = limn_model_open (NULL, &error);
  const LimnModelFacts *facts;
  guint64 bytes;

  g_assert_no_error (error);
  facts = limn_model_get_facts (model);
  g_assert_cmpstr (facts->name, ==, "starter");
  g_assert_cmpstr (facts->family->id, ==, "sd1-tiny");
  g_assert_cmpuint (facts->factor, ==, 8);
  g_assert_cmpuint (facts->multiple, ==, 32);
  g_assert_cmpuint (facts->default_width, ==, 128);
  g_assert_cmpuint (facts->default_height, ==, 128);

  g_assert_cmpuint (facts->texts[0].vocab_size, ==, LIMN_TEST_STARTER_WORDS);
  g_assert_cmpuint (facts->texts[0].n_layers, ==, 3);
  g_assert_cmpuint (facts->texts[0].heads, ==, 4);
  g_assert_cmpint (facts->texts[0].activation, ==, LIMN_ACTIVATION_QUICK_GELU);

  g_assert_cmpuint (facts->unet.n_levels, ==, 3);
  g_assert_cmpuint (facts->unet.levels[1].channels, ==, 128);
  g_assert_cmpuint (facts->unet.levels[1].heads, ==, 4);
  g_assert_true (facts->unet.levels[1].down_attention && facts->unet.levels[1].up_attention);
  g_assert_false (facts->unet.levels[0].down_attention || facts->unet.levels[2].up_attention);
  g_assert_cmpfloat_with_epsilon (facts->unet.eps, 1e-5, 1e-12);

  g_assert_cmpuint (facts->vae.groups, ==, 16);
  g_assert_cmpfloat (facts->vae.scaling_factor, ==, 0.18215);

  g_assert_cmpstr (facts->scheduler.class_name, ==, "DDIMScheduler");
  g_assert_cmpstr (facts->scheduler.beta_schedule, ==, "scaled_linear");
  g_assert_cmpstr (facts->scheduler.timestep_spacing, ==, "leading");
  g_assert_cmpstr (facts->scheduler.prediction_type, ==, "epsilon");
  g_assert_cmpfloat (facts->scheduler.beta_end, ==, 0.012);
  g_assert_cmpuint (facts->scheduler.steps_offset, ==, 1);
  g_assert_false (facts->scheduler.set_alpha_to_one || facts->scheduler.clip_sample);

  /* 11.8 million parameters in F32, plus the padding of panels. */
  g_assert_true (limn_model_check_weights (model, &bytes, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (bytes, >=, 11769231 * G_GUINT64_CONSTANT (4));
  g_assert_cmpuint (bytes, <, 12500000 * G_GUINT64_CONSTANT (4));
}

/* What was computed when Limn was built is what the files give. */
static void
test_hash (void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = test_path ("data/starter-model");
  g_autoptr(LimnModel) embedded = limn_model_open ("starter", &error);
  g_autoptr(LimnModel) files = NULL;

  g_assert_no_error (error);
  files = limn_model_open (folder, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (limn_model_get_facts (files)->name, ==, "starter-model");
  /* The last one is NULL: all of them together. */
  for (guint i = 0; i < 4; i++)
    {
      const char *file = limn_model_get_weight_files (files)[i];
      g_autofree char *a = limn_model_hash_file (embedded, file, NULL, &error);
      g_autofree char *b = NULL;

      g_assert_no_error (error);
      b = limn_model_hash_file (files, file, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (a, ==, b);
      g_assert_cmpuint (strlen (a), ==, 64);
    }
}

static LimnJson *
json (const char *text)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr(GError) error = NULL;
  LimnJson *object = limn_json_new_for_data (quoted, strlen (quoted), "unet/config.json", 0, &error);

  g_assert_no_error (error);
  return object;
}

/* The configs of published models: numbers of heads that grow with the level, defaults left out. */
static void
test_published (void)
{
  static const guint sd1_heads[] = { 8, 8, 8, 8 }, sd2_heads[] = { 5, 10, 20, 20 };
  g_autoptr(LimnJson) sd1 = json (
    "{ '_class_name': 'UNet2DConditionModel', '_diffusers_version': '0.6.0', 'act_fn': 'silu', 'attention_head_dim': 8,"
    "  'block_out_channels': [320, 640, 1280, 1280], 'center_input_sample': false, 'cross_attention_dim': 768,"
    "  'down_block_types': ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],"
    "  'downsample_padding': 1, 'flip_sin_to_cos': true, 'freq_shift': 0, 'in_channels': 4, 'layers_per_block': 2,"
    "  'mid_block_scale_factor': 1, 'norm_eps': 1e-05, 'norm_num_groups': 32, 'out_channels': 4, 'sample_size': 64,"
    "  'up_block_types': ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'] }");
  g_autoptr(LimnJson) sd2 = json (
    "{ '_class_name': 'UNet2DConditionModel', 'act_fn': 'silu', 'attention_head_dim': [5, 10, 20, 20],"
    "  'block_out_channels': [320, 640, 1280, 1280], 'cross_attention_dim': 1024, 'dual_cross_attention': false,"
    "  'down_block_types': ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],"
    "  'in_channels': 4, 'layers_per_block': [2, 2, 2, 2], 'only_cross_attention': false, 'out_channels': 4,"
    "  'resnet_time_scale_shift': 'default', 'class_embed_type': null, 'num_class_embeds': null, 'sample_size': 96,"
    "  'up_block_types': ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],"
    "  'upcast_attention': true, 'use_linear_projection': true }");
  g_autoptr(GError) error = NULL;
  LimnUnetConfig config;

  g_assert_true (limn_unet_config_read (&config, sd1, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (limn_family_find (&config, NULL, 0)->id, ==, "sd1");
  for (guint i = 0; i < 4; i++)
    {
      g_assert_cmpuint (config.levels[i].heads, ==, sd1_heads[i]);
      g_assert_cmpint (config.levels[i].down_attention, ==, i < 3);
      g_assert_cmpint (config.levels[i].up_attention, ==, i < 3);
      g_assert_cmpuint (config.levels[i].n_layers, ==, 2);
    }

  g_assert_true (limn_unet_config_read (&config, sd2, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (limn_family_find (&config, NULL, 0)->id, ==, "sd2");
  g_assert_true (config.flip);
  g_assert_cmpuint (config.groups, ==, 32);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (config.levels[i].heads, ==, sd2_heads[i]);
}

/* A scheduler's defaults are those of its class. */
static void
test_scheduler_defaults (void)
{
  g_autoptr(LimnJson) ddim = json ("{ '_class_name': 'DDIMScheduler' }");
  g_autoptr(LimnJson) pndm = json ("{ '_class_name': 'PNDMScheduler', 'trained_betas': [0.1, 0.2], "
                                   "  'num_train_timesteps': 2 }");
  g_autoptr(GError) error = NULL;
  LimnModelScheduler read;

  g_assert_true (limn_model_scheduler_read (&read, ddim, &error));
  g_assert_cmpstr (read.beta_schedule, ==, "linear");
  g_assert_cmpfloat (read.beta_end, ==, 0.02);
  g_assert_cmpuint (read.num_train_timesteps, ==, 1000);
  g_assert_true (read.set_alpha_to_one && read.clip_sample);
  g_assert_null (read.trained_betas);

  g_assert_true (limn_model_scheduler_read (&read, pndm, &error));
  g_assert_false (read.set_alpha_to_one || read.clip_sample);
  g_assert_cmpuint (read.n_trained_betas, ==, 2);
  g_assert_cmpfloat (read.trained_betas[1], ==, 0.2);
  g_free ((double *) read.trained_betas);
}

typedef struct
{
  const char *file;
  const char *from; /* NULL: the file is taken away */
  const char *to;
  int         code; /* of LIMN_ERROR, or -1: G_FILE_ERROR_NOENT */
  const char *says;
} Bad;

static const Bad bad[] = {
  /* missing */
  { "model_index.json", NULL, NULL, -1, "model_index.json" },
  { "unet/config.json", NULL, NULL, -1, "unet/config.json" },
  { "text_encoder/config.json", NULL, NULL, -1, "text_encoder/config.json" },
  { "vae/config.json", NULL, NULL, -1, "vae/config.json" },
  { "scheduler/scheduler_config.json", NULL, NULL, -1, "scheduler/scheduler_config.json" },
  { "tokenizer/merges.txt", NULL, NULL, -1, "tokenizer/merges.txt" },
  { "tokenizer/vocab.json", NULL, NULL, -1, "tokenizer/vocab.json" },
  { "unet/diffusion_pytorch_model.safetensors", NULL, NULL, -1, "unet" },
  { "unet/config.json", "\"cross_attention_dim\": 128", "\"cross_attention_dim\": null", LIMN_ERROR_FORMAT,
    "cross_attention_dim" },
  { "scheduler/scheduler_config.json", "_class_name", "class_name", LIMN_ERROR_FORMAT, "_class_name" },
  { "model_index.json", "\"vae\"", "\"vea\"", LIMN_ERROR_FORMAT, "“vae”" },
  /* misspelt */
  { "unet/config.json", "in_channels", "in_chanels", LIMN_ERROR_UNSUPPORTED, "“in_channels”" },
  { "unet/config.json", "flip_sin_to_cos", "flip_sin_cos", LIMN_ERROR_UNSUPPORTED, "“flip_sin_to_cos”" },
  { "vae/config.json", "scaling_factor", "scale_factor", LIMN_ERROR_UNSUPPORTED, "scale_factor" },
  /* of the wrong type, or out of range */
  { "unet/config.json", "\"in_channels\": 4", "\"in_channels\": \"4\"", LIMN_ERROR_FORMAT, "in_channels" },
  { "unet/config.json", "\"in_channels\": 4", "\"in_channels\": -4", LIMN_ERROR_FORMAT, "in_channels" },
  { "unet/config.json", "\"in_channels\": 4", "\"in_channels\": 1e99", LIMN_ERROR_FORMAT, "in_channels" },
  { "unet/config.json", "\"in_channels\": 4", "\"in_channels\": 99999999999999999999", LIMN_ERROR_FORMAT, "unet" },
  { "unet/config.json", "\"layers_per_block\": 1", "\"layers_per_block\": 1000000", LIMN_ERROR_FORMAT,
    "layers_per_block" },
  { "text_encoder/config.json", "\"vocab_size\": " G_STRINGIFY (LIMN_TEST_STARTER_WORDS), "\"vocab_size\": 0", LIMN_ERROR_FORMAT, "vocab_size" },
  { "vae/config.json", "0.18215", "0", LIMN_ERROR_FORMAT, "scaling_factor" },
  { "vae/config.json", "{", "[", LIMN_ERROR_FORMAT, "vae/config.json" },
  { "model_index.json", "StableDiffusionPipeline\",", "StableDiffusionPipeline\"", LIMN_ERROR_FORMAT,
    "model_index.json" },
  /* what we cannot compute */
  { "model_index.json", "StableDiffusionPipeline", "StableDiffusionXLPipeline", LIMN_ERROR_FORMAT, "SDXL" },
  { "model_index.json", "StableDiffusionPipeline", "StableDiffusion3Pipeline", LIMN_ERROR_UNSUPPORTED, "Stable Diffusion 3" },
  { "model_index.json", "StableDiffusionPipeline", "NoSuchPipeline", LIMN_ERROR_UNSUPPORTED, "NoSuchPipeline" },
  { "model_index.json", "AutoencoderKL", "AutoencoderTiny", LIMN_ERROR_UNSUPPORTED, "AutoencoderTiny" },
  { "unet/config.json", "UNet2DConditionModel", "UNet2DModel", LIMN_ERROR_UNSUPPORTED, "UNet2DModel" },
  { "unet/config.json", "\"act_fn\": \"silu\"", "\"act_fn\": \"gelu\"", LIMN_ERROR_UNSUPPORTED, "“act_fn”: “gelu”" },
  { "unet/config.json", "\"act_fn\": \"silu\"", "\"act_fn\": \"silu\", \"time_embedding_type\": \"fourier\"",
    LIMN_ERROR_UNSUPPORTED, "fourier" },
  { "unet/config.json", "\"act_fn\": \"silu\"", "\"act_fn\": \"silu\", \"addition_embed_type\": \"text_image\"",
    LIMN_ERROR_UNSUPPORTED, "addition_embed_type" },
  { "unet/config.json", "\"downsample_padding\": 1", "\"downsample_padding\": 0", LIMN_ERROR_UNSUPPORTED,
    "“downsample_padding”: 0" },
  { "unet/config.json", "\"center_input_sample\": false", "\"center_input_sample\": true", LIMN_ERROR_UNSUPPORTED,
    "“center_input_sample”: true" },
  { "unet/config.json", "\"CrossAttnDownBlock2D\"", "\"KDownBlock2D\"", LIMN_ERROR_UNSUPPORTED, "KDownBlock2D" },
  { "text_encoder/config.json", "\"quick_gelu\"", "\"relu\"", LIMN_ERROR_UNSUPPORTED, "“hidden_act”: “relu”" },
  { "text_encoder/config.json", "\"max_position_embeddings\": 77", "\"max_position_embeddings\": 248",
    LIMN_ERROR_UNSUPPORTED, "max_position_embeddings" },
  { "vae/config.json", "\"act_fn\": \"silu\"", "\"act_fn\": \"mish\"", LIMN_ERROR_UNSUPPORTED, "mish" },
  { "vae/config.json", "\"out_channels\": 3", "\"out_channels\": 4", LIMN_ERROR_UNSUPPORTED, "out_channels" },
  { "scheduler/scheduler_config.json", "DDIMScheduler", "NoSuchScheduler", LIMN_ERROR_UNSUPPORTED, "NoSuchScheduler" },
  /* contradictory */
  { "unet/config.json", "\"attention_head_dim\": 4", "\"attention_head_dim\": 5", LIMN_ERROR_FORMAT,
    "attention_head_dim" },
  { "unet/config.json", "\"attention_head_dim\": 4", "\"attention_head_dim\": [4, 4]", LIMN_ERROR_FORMAT,
    "attention_head_dim" },
  { "unet/config.json", "\"norm_num_groups\": 32", "\"norm_num_groups\": 33", LIMN_ERROR_FORMAT, "norm_num_groups" },
  { "unet/config.json", "\"UpBlock2D\",", "", LIMN_ERROR_FORMAT, "up_block_types" },
  { "unet/config.json", "\"cross_attention_dim\": 128", "\"cross_attention_dim\": 256", LIMN_ERROR_FORMAT,
    "cross_attention_dim" },
  { "unet/config.json", "\"in_channels\": 4", "\"in_channels\": 8", LIMN_ERROR_FORMAT, "in_channels" },
  { "unet/config.json", "\"out_channels\": 4", "\"out_channels\": 9", LIMN_ERROR_UNSUPPORTED, "out_channels" },
  { "text_encoder/config.json", "\"num_attention_heads\": 4", "\"num_attention_heads\": 3", LIMN_ERROR_FORMAT,
    "num_attention_heads" },
  { "text_encoder/config.json", "\"vocab_size\": " G_STRINGIFY (LIMN_TEST_STARTER_WORDS), "\"vocab_size\": 1000", LIMN_ERROR_FORMAT, "okenizer" },
  { "scheduler/scheduler_config.json", "\"trained_betas\": null", "\"trained_betas\": [0.1]", LIMN_ERROR_FORMAT,
    "trained_betas" },
};

static void
check_bad (const char *folder, const Bad *one)
{
  g_autofree char *path = g_build_filename (folder, one->file, NULL);
  g_autofree char *spoilt = NULL;
  g_autofree char *contents = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnModel) model = NULL;
  gsize length;

  g_test_message ("%s: %s", one->file, one->from ? one->to : "missing");
  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  if (one->from)
    {
      const char *at = strstr (contents, one->from);

      g_assert_nonnull (at);
      spoilt = g_strdup_printf ("%.*s%s%s", (int) (at - contents), contents, one->to, at + strlen (one->from));
      g_assert_true (g_file_set_contents (path, spoilt, -1, NULL));
    }
  else
    g_assert_cmpint (g_unlink (path), ==, 0);

  model = limn_model_open (folder, &error);
  g_assert_null (model);
  g_test_message ("%s", error->message);
  if (one->code < 0)
    g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  else
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
  /* Each was put right again. */
  model = limn_model_open (folder, &error);
  g_assert_no_error (error);
  limn_test_remove_folder (folder);
}

static void
test_path_kinds (void)
{
  g_autofree char *index = test_path ("data/starter-model/model_index.json");
  g_autofree char *file = test_path ("data/starter-model/unet/diffusion_pytorch_model.safetensors");
  g_autofree char *config = test_path ("data/starter-model/unet/config.json");
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnModel) model = limn_model_open (index, &error);

  /* Who chooses the index means its folder. */
  g_assert_no_error (error);
  g_assert_cmpstr (limn_model_get_facts (model)->name, ==, "starter-model");
  g_assert_null (limn_model_open (file, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "model_index.json"));
  g_clear_error (&error);
  g_assert_null (limn_model_open (config, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_null (limn_model_open ("/no/such/model", &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

static void
check_weights_file (const char *folder, const LimnModelOptions *options, const char *wanted)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnModel) model = limn_model_open_with (folder, options, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (limn_model_get_weight_files (model)[0], ==, wanted);
  g_assert_true (limn_model_check_weights (model, NULL, &error));
  g_assert_no_error (error);
}

static char *
rename_weights (const char *folder, const char *from, const char *to)
{
  g_autofree char *a = g_build_filename (folder, from, NULL);
  char *b = g_build_filename (folder, to, NULL);

  g_assert_cmpint (g_rename (a, b), ==, 0);
  return b;
}

#define UNET_WEIGHTS "unet/diffusion_pytorch_model"

/* Names of the weights: any variant is taken, the one that is asked for first; several files by their index. */
static void
test_weight_names (void)
{
  static const LimnModelOptions half = { .variant = "fp16" }, other = { .variant = "bf16" };
  g_autofree char *folder = test_copy_model ();
  g_autofree char *plain = g_build_filename (folder, UNET_WEIGHTS ".safetensors", NULL);
  g_autofree char *index = g_build_filename (folder, UNET_WEIGHTS ".safetensors.index.json", NULL);
  g_autofree char *contents = NULL;
  g_autofree char *fp16 = NULL;
  g_autofree char *ema = NULL;
  g_autofree char *bin = NULL;
  g_autofree char *shard = NULL;
  g_autoptr(LimnCheckpoint) file = NULL;
  g_autoptr(GString) map = g_string_new ("{\"weight_map\": {");
  g_autoptr(GError) error = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (plain, &contents, &length, NULL));
  fp16 = g_build_filename (folder, UNET_WEIGHTS ".fp16.safetensors", NULL);
  g_assert_true (g_file_set_contents (fp16, contents, length, NULL));
  check_weights_file (folder, NULL, UNET_WEIGHTS ".safetensors");
  check_weights_file (folder, &half, UNET_WEIGHTS ".fp16.safetensors");
  g_assert_null (limn_model_open_with (folder, &other, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, "bf16"));
  g_clear_error (&error);

  g_assert_cmpint (g_unlink (plain), ==, 0);
  check_weights_file (folder, NULL, UNET_WEIGHTS ".fp16.safetensors");
  ema = rename_weights (folder, UNET_WEIGHTS ".fp16.safetensors", UNET_WEIGHTS ".non_ema.safetensors");
  check_weights_file (folder, NULL, UNET_WEIGHTS ".non_ema.safetensors");
  /* Files are known by their bytes. */
  bin = rename_weights (folder, UNET_WEIGHTS ".non_ema.safetensors", UNET_WEIGHTS ".bin");
  check_weights_file (folder, NULL, UNET_WEIGHTS ".bin");

  shard = rename_weights (folder, UNET_WEIGHTS ".bin", UNET_WEIGHTS "-00001-of-00001.safetensors");
  file = limn_checkpoint_open (shard, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < limn_checkpoint_get_n (file); i++)
    g_string_append_printf (map, "%s\"%s\": \"diffusion_pytorch_model-00001-of-00001.safetensors\"", i ? ", " : "",
                            limn_checkpoint_get_nth (file, i)->name);
  g_string_append (map, "}}");
  g_assert_true (g_file_set_contents (index, map->str, -1, NULL));
  check_weights_file (folder, NULL, UNET_WEIGHTS ".safetensors.index.json");
  {
    g_autoptr(LimnModel) model = limn_model_open (folder, &error);

    g_assert_cmpstr (limn_model_get_weight_files (model)[1], ==, UNET_WEIGHTS "-00001-of-00001.safetensors");
    g_assert_cmpuint (g_strv_length ((char **) limn_model_get_weight_files (model)), ==, 4);
  }
  limn_test_remove_folder (folder);
}

/* A VAE's folder says what it is, also where shapes would tell otherwise: the starter's has other groups than all published ones. */
static void
test_vae_folder (void)
{
  g_autofree char *vae = test_path ("data/starter-model/vae");
  const LimnModelOptions options = { .vae = vae };
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnModel) model = limn_model_open_with (NULL, &options, &error);

  g_assert_no_error (error);
  g_assert_true (limn_model_check_weights (model, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (limn_model_get_weight_files (model)[2], ==, "vae/diffusion_pytorch_model.safetensors");
  g_assert_null (limn_model_get_weight_files (model)[3]);
}

static void
test_size (void)
{
  static const struct
  {
    guint       width;
    guint       height;
    const char *says; /* NULL: good */
  } sizes[] = {
    { 128, 128, NULL },
    { 32, 32768, NULL },
    { 100, 128, "96×128 and 128×128" },
    { 0, 0, "32×32" },
    { 40, 70, "32×64 and 64×96" },
    { 32800, 32, "32768×32" },
    { G_MAXUINT, G_MAXUINT, "32768×32768" },
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnModel) model = limn_model_open (NULL, &error);

  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      gboolean good = limn_model_check_size (model, sizes[i].width, sizes[i].height, &error);

      g_assert_cmpint (good, ==, sizes[i].says == NULL);
      if (good)
        continue;
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, sizes[i].says));
      g_clear_error (&error);
    }
}

/* What was made for a family goes with its relatives for inpainting and with its distilled ones. */
static void
test_names_fit (void)
{
  g_assert_true (limn_family_names_fit ("Stable Diffusion 1.x", "Stable Diffusion 1.x for inpainting"));
  g_assert_true (limn_family_names_fit ("Stable Diffusion XL", "Stable Diffusion XL Lightning"));
  g_assert_true (limn_family_names_fit ("Stable Diffusion 1.x mini", "Stable Diffusion 1.x mini for inpainting"));
  g_assert_true (limn_family_names_fit ("Stable Diffusion 9", "Stable Diffusion XL"));
  g_assert_false (limn_family_names_fit ("Stable Diffusion 1.x", "Stable Diffusion 1.x mini"));
  g_assert_false (limn_family_names_fit ("Stable Diffusion 1.x", "Stable Diffusion XL"));
  g_assert_false (limn_family_names_fit ("Stable Diffusion 2.x", "Stable Diffusion 1.x"));
}

void
test_add_config (void)
{
  g_test_add_func ("/model/config/starter", test_starter);
  g_test_add_func ("/model/config/hash", test_hash);
  g_test_add_func ("/model/config/names-fit", test_names_fit);
  g_test_add_func ("/model/config/published", test_published);
  g_test_add_func ("/model/config/scheduler-defaults", test_scheduler_defaults);
  g_test_add_func ("/model/config/bad", test_bad);
  g_test_add_func ("/model/config/path", test_path_kinds);
  g_test_add_func ("/model/config/weight-names", test_weight_names);
  g_test_add_func ("/model/config/size", test_size);
  g_test_add_func ("/model/config/vae-folder", test_vae_folder);
}
