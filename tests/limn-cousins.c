/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "tests/limn-cousins.h"

#include "base/limn-half.h"
#include "formats/limn-safetensors-writer.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* ---- numbers ---- */

/* Philox4x64-10: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", figure 2 and table 2. */
static void
philox (const guint64 key[2],
        guint64       counter,
        guint64       out[4])
{
  guint64 c[4] = { counter, 0, 0, 0 };
  guint64 k[2] = { key[0], key[1] };

  for (guint round = 0; round < 10; round++)
    {
      unsigned __int128 a = (unsigned __int128) 0xD2E7470EE14C6C93u * c[0];
      unsigned __int128 b = (unsigned __int128) 0xCA5A826395121157u * c[2];
      guint64 next[4] = { (guint64) (b >> 64) ^ c[1] ^ k[0], (guint64) b, (guint64) (a >> 64) ^ c[3] ^ k[1], (guint64) a };

      memcpy (c, next, sizeof c);
      k[0] += 0x9E3779B97F4A7C15u;
      k[1] += 0xBB67AE8584CAA73Bu;
    }
  memcpy (out, c, sizeof c);
}

/* Standard deviation of a sum of four uniform uint16: sqrt (4 (65536^2 - 1) / 12). */
#define UNITS 37837.22723720648

static void
make_noise (const char *name,
            gsize       n,
            double      mean,
            double      std,
            float      *values)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *text = g_strconcat ("limn-1|0|", name, NULL);
  guint8 digest[32];
  gsize length = sizeof digest;
  guint64 key[2];
  guint64 out[4];
  float unit = (float) (std / UNITS);

  g_checksum_update (checksum, (const guint8 *) text, -1);
  g_checksum_get_digest (checksum, digest, &length);
  for (guint i = 0; i < 2; i++)
    {
      memcpy (&key[i], digest + 8 * i, 8);
      key[i] = GUINT64_FROM_LE (key[i]);
    }
  for (gsize i = 0; i < n; i++)
    {
      guint64 r;

      if (i % 4 == 0)
        philox (key, 1 + i / 4, out);
      r = out[i % 4];
      values[i] = (float) ((int) (r & 0xffff) + (int) (r >> 16 & 0xffff) + (int) (r >> 32 & 0xffff) + (int) (r >> 48) - 131070);
      values[i] *= unit;
      values[i] += (float) mean;
    }
}

float *
limn_cousin_make_input (const char *name,
                        gsize       n)
{
  g_autofree char *full = g_strconcat ("input|", name, NULL);
  float *values = g_new (float, n);

  make_noise (full, n, 0, 1, values);
  return values;
}

static gboolean
ends_with_any (const char         *text,
               const char * const *ends)
{
  for (; *ends != NULL; ends++)
    {
      if (g_str_has_suffix (text, *ends))
        return TRUE;
    }
  return FALSE;
}

#define ENDS(...) ((const char * const[]) { __VA_ARGS__, NULL })

/* What a tensor's name tells of it; @quiet: whether the first 1/32 of its rows are made nearly silent. */
static void
find_rule (const char    *name,
           guint          n_dims,
           const guint64 *shape,
           double        *mean,
           double        *std,
           gboolean      *quiet)
{
  const char *dot = strrchr (name, '.');
  g_autofree char *layer = g_strndup (name, dot - name);
  const char *leaf = dot + 1;
  gboolean unet = g_str_has_prefix (name, "model.") || g_str_has_prefix (name, "control_model.");
  gboolean vae = g_str_has_prefix (name, "first_stage_model.");
  double gain = 1;
  guint64 fan = 1;

  *mean = 0;
  *quiet = FALSE;
  if (unet && strstr (layer, ".transformer_blocks.") == NULL)
    *quiet = ends_with_any (layer, ENDS (".op", ".in_layers.2", ".emb_layers.1", ".out_layers.3", ".skip_connection", ".proj_out", ".conv",
                                         "model.input_blocks.0.0", ".input_hint_block.14"));
  else if (vae)
    *quiet = ends_with_any (layer, ENDS (".conv_in", ".conv1", ".conv2", ".nin_shortcut", ".attn_1.proj_out", ".downsample.conv",
                                         ".upsample.conv"));
  if (g_str_equal (leaf, "logit_scale"))
    {
      *mean = log (100);
      *std = 0;
      return;
    }
  if (n_dims == 1)
    {
      *mean = g_str_equal (leaf, "weight") ? 1 : 0;
      *std = 0.1;
      return;
    }
  if (!unet && !vae && (strstr (name, "token_embedding") != NULL || strstr (name, "position") != NULL))
    {
      *std = strstr (name, "token_embedding") != NULL ? 0.3 : 0.15;
      return;
    }
  if (unet)
    gain = ends_with_any (layer, ENDS (".out_layers.3", ".proj_out", ".to_out.0")) ? 0.5
           : g_str_has_suffix (layer, ".in_layers.2") ? 1.5
           : g_str_has_suffix (layer, ".to_q") ? 2
           : strstr (layer, ".input_hint_block.") != NULL ? 1.7
           : 1;
  else if (vae)
    gain = ends_with_any (layer, ENDS (".conv2", ".proj_out")) ? 0.5
           : g_str_has_suffix (layer, ".conv1") ? 1.5
           : g_str_has_suffix (layer, ".q") ? 2
           : 1;
  else if (ends_with_any (layer, ENDS ("out_proj", "fc2", "c_proj")))
    gain = 0.3;
  else if (g_str_equal (leaf, "in_proj_weight") || ends_with_any (layer, ENDS ("q_proj", "k_proj", "v_proj")))
    gain = 1.5;
  for (guint i = 1; i < n_dims; i++)
    fan *= shape[i];
  *std = gain / sqrt (fan);
}

void
limn_cousin_make (const char    *name,
                  guint          n_dims,
                  const guint64 *shape,
                  guint16       *values)
{
  g_autofree float *noise = NULL;
  double mean;
  double std;
  gboolean quiet;
  gsize n = 1;
  gsize width;

  for (guint i = 0; i < n_dims; i++)
    n *= shape[i];
  noise = g_new (float, n);
  find_rule (name, n_dims, shape, &mean, &std, &quiet);
  make_noise (name, n, mean, std, noise);
  for (gsize i = 0; i < n; i++)
    values[i] = limn_half_from_float (noise[i]);
  if (!quiet)
    return;
  width = n / shape[0];
  for (gsize row = 0; row < shape[0] / 32; row++)
    {
      guint16 *at = values + row * width;
      guint16 kept[8];

      if (n_dims == 1)
        {
          at[0] = limn_half_from_float (limn_half_to_float (at[0]) * 0.01f);
          continue;
        }
      for (guint i = 0; i < 8; i++)
        kept[i] = limn_half_from_float (limn_half_to_float (at[i * width / 8 + width / 16]) * (float) (0.002 / std));
      memset (at, 0, width * sizeof *at);
      for (guint i = 0; i < 8; i++)
        at[i * width / 8 + width / 16] = kept[i];
    }
}

/* ---- tensors ---- */

typedef struct
{
  guint context; /* K */
  guint inputs;  /* I */
  gboolean convolutions; /* in the place of linear layers around a transformer */
} Sizes;

/* A list of the tables, with what stands before its names and the folder that it goes to. */
typedef struct
{
  const char *list;
  const char *prefix;
  const char *part;
} List;

static const struct
{
  Sizes sizes;
  List lists[5];
} cousins[LIMN_N_COUSINS] = {
  [LIMN_COUSIN_SD1] = { { 768, 4, TRUE }, { { "unet", "model.diffusion_model.", "unet" }, { "vae", "first_stage_model.", "vae" },
                                            { "clip", "cond_stage_model.transformer.", "text_encoder" } } },
  [LIMN_COUSIN_SD1_INPAINT] = { { 768, 9, TRUE }, { { "unet", "model.diffusion_model.", "unet" }, { "vae", "first_stage_model.", "vae" },
                                                    { "clip", "cond_stage_model.transformer.", "text_encoder" } } },
  [LIMN_COUSIN_SD2] = { { 1024, 4, FALSE }, { { "unet", "model.diffusion_model.", "unet" }, { "vae", "first_stage_model.", "vae" },
                                              { "open", "cond_stage_model.model.", "text_encoder" } } },
  [LIMN_COUSIN_SDXL] = { { 2048, 4, FALSE }, { { "unet-xl", "model.diffusion_model.", "unet" }, { "vae", "first_stage_model.", "vae" },
                                               { "clip", "conditioner.embedders.0.transformer.", "text_encoder" },
                                               { "open-xl", "conditioner.embedders.1.model.", "text_encoder_2" } } },
  /* Its way down has the names of the UNet's. */
  [LIMN_COUSIN_CONTROL] = { { 768, 4, TRUE }, { { "unet", "control_model.", "" }, { "control", "control_model.", "" } } },
};

typedef void (*Each) (const char    *name,
                      guint          n_dims,
                      const guint64 *shape,
                      char         **others,
                      gpointer       data);

static gboolean
is_of_way_down (const char *name)
{
  return g_str_has_prefix (name, "time_embed.") || g_str_has_prefix (name, "input_blocks.") || g_str_has_prefix (name, "middle_block.");
}

static guint
parse_shape (const char  *text,
             const Sizes *sizes,
             guint64      shape[4])
{
  g_auto(GStrv) parts = NULL;
  g_autofree char *plain = g_strdup (text);
  gboolean more = g_str_has_suffix (plain, "+");
  guint n = 0;

  if (g_str_equal (text, "-"))
    return 0;
  if (more)
    plain[strlen (plain) - 1] = '\0';
  parts = g_strsplit (plain, "x", 0);
  for (; parts[n] != NULL; n++)
    shape[n] = g_str_equal (parts[n], "K") ? sizes->context : g_str_equal (parts[n], "I") ? sizes->inputs : g_ascii_strtoull (parts[n], NULL, 10);
  if (more && sizes->convolutions)
    {
      shape[n++] = 1;
      shape[n++] = 1;
    }
  return n;
}

/* Calls @each for the tensors of one list, with their full original names. */
static void
for_each_tensor (LimnCousin  cousin,
                 const List *list,
                 const char *tables,
                 Each        each,
                 gpointer    data)
{
  g_autofree char *text = NULL;
  g_autofree char *head = g_strdup_printf ("[%s]", list->list);
  g_auto(GStrv) lines = NULL;
  gboolean inside = FALSE;
  guint n = 0;

  g_assert_true (g_file_get_contents (tables, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", 0);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto(GStrv) words = g_strsplit (lines[i], " ", 0);
      g_autofree char *name = NULL;
      guint64 shape[4];
      guint n_dims;

      if (lines[i][0] == '[')
        inside = g_str_equal (lines[i], head);
      if (!inside || lines[i][0] == '[' || lines[i][0] == '\0')
        continue;
      if (cousin == LIMN_COUSIN_CONTROL && g_str_equal (list->list, "unet") && !is_of_way_down (words[0]))
        continue;
      name = g_strconcat (list->prefix, words[0], NULL);
      n_dims = parse_shape (words[1], &cousins[cousin].sizes, shape);
      each (name, n_dims, shape, words + 2, data);
      n++;
    }
  g_assert_cmpuint (n, >, 0);
}

static gsize
count (guint          n_dims,
       const guint64 *shape)
{
  gsize n = 1;

  for (guint i = 0; i < n_dims; i++)
    n *= shape[i];
  return n;
}

static void
save (LimnSafetensorsWriter *writer,
      const char            *path)
{
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GError) error = NULL;
  g_autoptr(GFileOutputStream) stream = g_file_replace (file, NULL, FALSE, G_FILE_CREATE_NONE, NULL, &error);

  g_assert_no_error (error);
  limn_safetensors_writer_write (writer, G_OUTPUT_STREAM (stream), NULL, &error);
  g_assert_no_error (error);
  g_output_stream_close (G_OUTPUT_STREAM (stream), NULL, &error);
  g_assert_no_error (error);
}

static void
add_original (const char    *name,
              guint          n_dims,
              const guint64 *shape,
              char         **others,
              gpointer       data)
{
  gsize n = count (n_dims, shape);
  guint16 *values = g_new (guint16, n);
  g_autoptr(GBytes) bytes = NULL;

  limn_cousin_make (name, n_dims, shape, values);
  bytes = g_bytes_new_take (values, n * sizeof *values);
  limn_safetensors_writer_add (data, name, LIMN_SAFETENSORS_F16, n_dims, shape, bytes);
}

void
limn_cousin_write_file (LimnCousin  cousin,
                        const char *tables,
                        const char *path)
{
  static const float decay = 0.9999f;
  static const gint32 updates = 1000;
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  gint64 positions[77];

  for (const List *list = cousins[cousin].lists; list->list != NULL; list++)
    for_each_tensor (cousin, list, tables, add_original, writer);
  for (guint i = 0; i < G_N_ELEMENTS (positions); i++)
    positions[i] = i;
  if (cousin == LIMN_COUSIN_SD1 || cousin == LIMN_COUSIN_SD1_INPAINT)
    limn_safetensors_writer_add_copy (writer, "cond_stage_model.transformer.text_model.embeddings.position_ids", LIMN_SAFETENSORS_I64, 2,
                                      (guint64[]) { 1, 77 }, positions);
  if (cousin != LIMN_COUSIN_SDXL && cousin != LIMN_COUSIN_CONTROL)
    {
      float betas[1000];

      for (guint i = 0; i < G_N_ELEMENTS (betas); i++)
        betas[i] = pow (sqrt (0.00085) + (sqrt (0.012) - sqrt (0.00085)) * i / 999, 2);
      limn_safetensors_writer_add_copy (writer, "betas", LIMN_SAFETENSORS_F32, 1, (guint64[]) { 1000 }, betas);
      limn_safetensors_writer_add_copy (writer, "model_ema.decay", LIMN_SAFETENSORS_F32, 0, NULL, &decay);
      limn_safetensors_writer_add_copy (writer, "model_ema.num_updates", LIMN_SAFETENSORS_I32, 0, NULL, &updates);
    }
  save (writer, path);
}

/* ---- folders ---- */

/* One of diffusers' tensors of a tensor: renamed, and cut, transposed or made a matrix. */
static void
add_other (LimnSafetensorsWriter *writer,
           const char            *what,
           guint                  n_dims,
           const guint64         *shape,
           const guint16         *values)
{
  g_auto(GStrv) words = g_strsplit (what, "|", 2);
  const char *op = words[1] != NULL ? words[1] : "";
  gsize n = count (n_dims, shape);
  gsize row = n / MAX (n_dims > 0 ? shape[0] : 1, 1);
  guint64 dims[4] = { 0 };
  g_autofree guint16 *turned = NULL;

  for (guint i = 0; i < n_dims; i++)
    dims[i] = shape[i];
  if (g_str_has_prefix (op, "rows,"))
    {
      g_auto(GStrv) ends = g_strsplit (op, ",", 3);
      guint64 from = g_ascii_strtoull (ends[1], NULL, 10);

      dims[0] = g_ascii_strtoull (ends[2], NULL, 10) - from;
      values += from * row;
    }
  else if (g_str_equal (op, "T"))
    {
      turned = g_new (guint16, n);
      for (gsize i = 0; i < n; i++)
        turned[i % row * shape[0] + i / row] = values[i];
      values = turned;
      dims[0] = shape[1];
      dims[1] = shape[0];
    }
  else if (g_str_equal (op, "squeeze"))
    n_dims = 2;
  limn_safetensors_writer_add_copy (writer, words[0], LIMN_SAFETENSORS_F16, n_dims, dims, values);
}

typedef struct
{
  LimnSafetensorsWriter *writer;
  gboolean old_names; /* of the VAE's attention, as published folders of SD 1.x and 2.x have them */
} Folder;

static void
add_others (const char    *name,
            guint          n_dims,
            const guint64 *shape,
            char         **others,
            gpointer       data)
{
  static const char * const old[][2] = { { "to_q", "query" }, { "to_k", "key" }, { "to_v", "value" }, { "to_out.0", "proj_attn" } };
  const Folder *folder = data;
  g_autofree guint16 *values = g_new (guint16, count (n_dims, shape));

  if (others[0] == NULL)
    return;
  limn_cousin_make (name, n_dims, shape, values);
  for (; others[0] != NULL; others++)
    {
      g_autoptr(GString) other = g_string_new (others[0]);

      for (gsize i = 0; folder->old_names && i < G_N_ELEMENTS (old); i++)
        g_string_replace (other, old[i][0], old[i][1], 0);
      add_other (folder->writer, other->str, n_dims, shape, values);
    }
}

static void
write_text (const char *folder,
            const char *part,
            const char *file,
            const char *text)
{
  g_autofree char *place = g_build_filename (folder, part, NULL);
  g_autofree char *path = g_build_filename (place, file, NULL);

  g_assert_cmpint (g_mkdir_with_parents (place, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

#define DOWN(a, b, c) "\"down_block_types\": [\"" a "\", \"" b "\", \"" c "\"]"
#define UP(a, b, c)   "\"up_block_types\": [\"" a "\", \"" b "\", \"" c "\"]"
#define CROSS_DOWN    "CrossAttnDownBlock2D"
#define CROSS_UP      "CrossAttnUpBlock2D"

static void
write_configs (LimnCousin  cousin,
               const char *folder)
{
  gboolean xl = cousin == LIMN_COUSIN_SDXL;
  gboolean first = cousin == LIMN_COUSIN_SD1 || cousin == LIMN_COUSIN_SD1_INPAINT || cousin == LIMN_COUSIN_CONTROL;
  const Sizes *sizes = &cousins[cousin].sizes;
  g_autofree char *unet = g_strdup_printf (
    "{\"_class_name\": \"%s\", \"act_fn\": \"silu\", \"attention_head_dim\": %s, \"block_out_channels\": [64, 128, 128], "
    "\"cross_attention_dim\": %u, \"downsample_padding\": 1, \"flip_sin_to_cos\": true, \"freq_shift\": 0, \"in_channels\": %u, "
    "\"layers_per_block\": 1, \"mid_block_scale_factor\": 1, \"norm_eps\": 1e-05, \"norm_num_groups\": 32, %s, %s%s%s}",
    cousin == LIMN_COUSIN_CONTROL ? "ControlNetModel" : "UNet2DConditionModel", first ? "8" : "[1, 2, 2]", sizes->context, sizes->inputs,
    xl ? DOWN ("DownBlock2D", CROSS_DOWN, CROSS_DOWN) : DOWN (CROSS_DOWN, CROSS_DOWN, "DownBlock2D"),
    cousin == LIMN_COUSIN_CONTROL ? "\"conditioning_embedding_out_channels\": [16, 32, 96, 256], \"controlnet_conditioning_channel_order\": \"rgb\""
    : xl ? "\"out_channels\": 4, " UP (CROSS_UP, CROSS_UP, "UpBlock2D") : "\"out_channels\": 4, " UP ("UpBlock2D", CROSS_UP, CROSS_UP),
    first ? "" : ", \"use_linear_projection\": true",
    xl ? ", \"transformer_layers_per_block\": [1, 1, 2], \"addition_embed_type\": \"text_time\", \"addition_time_embed_dim\": 256, "
         "\"projection_class_embeddings_input_dim\": 2816"
       : "");
  g_autofree char *text = NULL;
  g_autofree char *vae = NULL;
  g_autofree char *index = NULL;
  const char *scheduler;

  write_text (folder, cousin == LIMN_COUSIN_CONTROL ? "" : "unet", "config.json", unet);
  if (cousin == LIMN_COUSIN_CONTROL)
    return;
  vae = g_strdup_printf ("{\"_class_name\": \"AutoencoderKL\", \"act_fn\": \"silu\", \"block_out_channels\": [32, 64, 64, 64], "
                         "\"down_block_types\": [\"DownEncoderBlock2D\", \"DownEncoderBlock2D\", \"DownEncoderBlock2D\", \"DownEncoderBlock2D\"], "
                         "\"in_channels\": 3, \"latent_channels\": 4, \"layers_per_block\": 1, \"norm_num_groups\": 32, \"out_channels\": 3, "
                         "\"sample_size\": 64, \"up_block_types\": [\"UpDecoderBlock2D\", \"UpDecoderBlock2D\", \"UpDecoderBlock2D\", "
                         "\"UpDecoderBlock2D\"], \"scaling_factor\": %s}", xl ? "0.13025, \"force_upcast\": true" : "0.18215");
  write_text (folder, "vae", "config.json", vae);
  for (guint i = 0; i < (xl ? 2 : 1); i++)
    {
      gboolean open = cousin == LIMN_COUSIN_SD2 || i == 1;
      guint width = cousin == LIMN_COUSIN_SD2 ? 1024 : i == 1 ? 1280 : 768;

      g_free (text);
      text = g_strdup_printf ("{\"architectures\": [\"%s\"], \"hidden_act\": \"%s\", \"hidden_size\": %u, \"intermediate_size\": 256, "
                              "\"layer_norm_eps\": 1e-05, \"max_position_embeddings\": 77, \"model_type\": \"clip_text_model\", "
                              "\"num_attention_heads\": %u, \"num_hidden_layers\": %u, \"projection_dim\": %u, \"vocab_size\": 1006}",
                              i == 1 ? "CLIPTextModelWithProjection" : "CLIPTextModel", open ? "gelu" : "quick_gelu", width, width / 64,
                              cousin == LIMN_COUSIN_SD2 ? 3 : 2, width);
      write_text (folder, i == 1 ? "text_encoder_2" : "text_encoder", "config.json", text);
    }
#define BETAS "\"beta_start\": 0.00085, \"beta_end\": 0.012, \"beta_schedule\": \"scaled_linear\", \"num_train_timesteps\": 1000, " \
              "\"clip_sample\": false"
  scheduler = xl ? "{\"_class_name\": \"EulerDiscreteScheduler\", \"prediction_type\": \"epsilon\", \"timestep_spacing\": \"leading\", "
                   "\"steps_offset\": 1, " BETAS "}"
              : cousin == LIMN_COUSIN_SD2 ? "{\"_class_name\": \"DDIMScheduler\", \"prediction_type\": \"v_prediction\", "
                                            "\"set_alpha_to_one\": false, \"steps_offset\": 1, " BETAS "}"
                                          : "{\"_class_name\": \"PNDMScheduler\", \"set_alpha_to_one\": false, \"steps_offset\": 1, " BETAS "}";
  write_text (folder, "scheduler", "scheduler_config.json", scheduler);
  index = g_strdup_printf ("{\"_class_name\": \"%s\", \"_diffusers_version\": \"0.21.4\", \"scheduler\": [\"diffusers\", \"PNDMScheduler\"], "
                           "\"text_encoder\": [\"transformers\", \"CLIPTextModel\"], \"tokenizer\": [\"transformers\", \"CLIPTokenizer\"], "
                           "%s\"unet\": [\"diffusers\", \"UNet2DConditionModel\"], \"vae\": [\"diffusers\", \"AutoencoderKL\"]}",
                           xl ? "StableDiffusionXLPipeline" : cousin == LIMN_COUSIN_SD1_INPAINT ? "StableDiffusionInpaintPipeline"
                                                                                                : "StableDiffusionPipeline",
                           xl ? "\"text_encoder_2\": [\"transformers\", \"CLIPTextModelWithProjection\"], "
                                "\"tokenizer_2\": [\"transformers\", \"CLIPTokenizer\"], \"force_zeros_for_empty_prompt\": true, " : "");
  write_text (folder, "", "model_index.json", index);
}

void
limn_cousin_write_folder (LimnCousin  cousin,
                          const char *tables,
                          const char *folder)
{
  const List *lists = cousins[cousin].lists;

  write_configs (cousin, folder);
  for (const List *list = lists; list->list != NULL; list++)
    {
      gboolean text = g_str_has_prefix (list->part, "text");
      Folder data = { limn_safetensors_writer_new (), cousin != LIMN_COUSIN_SDXL && g_str_equal (list->part, "vae") };
      g_autofree char *path = g_build_filename (folder, list->part,
                                                text ? "model.fp16.safetensors" : "diffusion_pytorch_model.fp16.safetensors", NULL);

      /* Lists of one part lie in one file. */
      for_each_tensor (cousin, list, tables, add_others, &data);
      while (list[1].list != NULL && g_str_equal (list[1].part, list->part))
        for_each_tensor (cousin, ++list, tables, add_others, &data);
      save (data.writer, path);
      limn_safetensors_writer_free (data.writer);
    }
}
