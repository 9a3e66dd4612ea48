/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Names here are spelt as in limn-names.c; what is counted is how far their numbers go. The constants are those of the published configs
 * (v1-inference.yaml, v2-inference-v.yaml, sd_xl_base.yaml, sd_xl_refiner.yaml; transformers' CLIPTextConfig). */

#include "model/limn-shapes.h"

#include "base/limn-error.h"

#include <stdarg.h>
#include <string.h>

#define GROUPS          32
#define UNET_EPS        1e-5f
#define TEXT_EPS        1e-5f
#define HEAD_WIDTH      64   /* of every text encoder, and of UNets since SD 2 */
#define OLD_HEADS       8    /* of SD 1.x, at every level */
#define OLD_CONTEXT     768  /* of SD 1.x: some tools write its projections as matrices */
#define SIZE_WIDTH      256  /* values that stand for one of the sizes that SDXL is told */
#define CLIP_PREFIX     "text_model."

/* Of the tables of tokens, which are the largest: 49408. With this, products of two or three of them do not overflow. */
#define MAX_DIM (1 << 17)

/* How names are written in the checkpoint that is looked at. */
typedef struct
{
  const LimnCheckpoint *file;
  const char           *prefix;
  gboolean              without_dots;
} Scan;

static const LimnSafetensorsTensor *get (const Scan *scan,
                                         const char *format,
                                         ...) G_GNUC_PRINTF (2, 3);

static const LimnSafetensorsTensor *
get (const Scan *scan,
     const char *format,
     ...)
{
  g_autofree char *rest = NULL;
  g_autofree char *name = NULL;
  va_list args;

  va_start (args, format);
  rest = g_strdup_vprintf (format, args);
  va_end (args);
  if (scan->without_dots)
    {
      g_auto(GStrv) pieces = g_strsplit (rest, ".", -1);

      g_free (rest);
      rest = g_strjoinv (NULL, pieces);
    }
  name = g_strconcat (scan->prefix, rest, NULL);
  return limn_checkpoint_lookup (scan->file, name);
}

/* One of a tensor's dimensions, 0 where it has no such or is absurdly large: then nothing fits and the loader says so. */
static guint
get_dim (const LimnSafetensorsTensor *tensor,
         guint                        i)
{
  return tensor && i < tensor->n_dims && tensor->dims[i] <= MAX_DIM ? tensor->dims[i] : 0;
}

static gboolean
fail (const LimnCheckpoint  *file,
      const char            *what,
      GError               **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” is not built like a Stable Diffusion model: %s",
               limn_checkpoint_get_name (file), what);
  return FALSE;
}

/* Layers of the transformer at @place ("input_blocks.4.1"). */
static guint
count_layers (const Scan *scan,
              const char *place)
{
  guint n = 0;

  while (n < LIMN_MODEL_MAX_LAYERS && get (scan, "%s.transformer_blocks.%u.attn2.to_k.weight", place, n))
    n++;
  return n;
}

/* The two layouts, as far as the way down is concerned. */
typedef struct
{
  const char *conv_in;
  const char *vector;
  const char *guidance;
  const char *mid_transformer;
  gboolean    original;
} UnetStyle;

static const UnetStyle original_style = { "input_blocks.0.0.weight", "label_emb.0.0.weight", "time_embed.cond_proj.weight",
                                          "middle_block.1", TRUE };
static const UnetStyle diffusers_style = { "conv_in.weight", "add_embedding.linear_1.weight", "time_embedding.cond_proj.weight",
                                           "mid_block.attentions.0", FALSE };

/* The @layer-th residual block of level @level, which is the @index-th block of all. */
static const LimnSafetensorsTensor *
get_resnet (const Scan      *scan,
            const UnetStyle *style,
            guint            level,
            guint            layer,
            guint            index)
{
  if (style->original)
    return get (scan, "input_blocks.%u.0.in_layers.2.weight", index);
  return get (scan, "down_blocks.%u.resnets.%u.conv1.weight", level, layer);
}

static char *
dup_transformer (const UnetStyle *style,
                 guint            level,
                 guint            layer,
                 guint            index)
{
  if (style->original)
    return g_strdup_printf ("input_blocks.%u.1", index);
  return g_strdup_printf ("down_blocks.%u.attentions.%u", level, layer);
}

static gboolean
has_downsampler (const Scan      *scan,
                 const UnetStyle *style,
                 guint            level,
                 guint            index)
{
  if (style->original)
    return get (scan, "input_blocks.%u.0.op.weight", index) != NULL;
  return get (scan, "down_blocks.%u.downsamplers.0.conv.weight", level) != NULL;
}

/* Levels, their channels, layers and transformers. */
static gboolean
read_way_down (const Scan       *scan,
               const UnetStyle  *style,
               LimnUnetConfig   *config,
               GError          **error)
{
  guint index = 1;

  for (guint i = 0; i < LIMN_MODEL_MAX_LEVELS; i++)
    {
      LimnUnetLevel *level = &config->levels[i];
      const LimnSafetensorsTensor *resnet;

      while (level->n_layers < LIMN_MODEL_MAX_LAYERS && (resnet = get_resnet (scan, style, i, level->n_layers, index)) != NULL)
        {
          g_autofree char *transformer = dup_transformer (style, i, level->n_layers, index);
          guint depth = count_layers (scan, transformer);

          if (level->n_layers > 0 && (get_dim (resnet, 0) != level->channels || depth != level->depth))
            return fail (scan->file, "the layers of a level of its UNet differ", error);
          level->channels = get_dim (resnet, 0);
          level->depth = depth;
          level->down_attention = depth > 0;
          level->n_layers++;
          index++;
        }
      if (level->n_layers == 0 || level->channels == 0)
        return fail (scan->file, "a level of its UNet has no layers", error);
      config->n_levels = i + 1;
      if (!has_downsampler (scan, style, i, index))
        return TRUE;
      index++;
    }
  return fail (scan->file, "its UNet has too many levels", error);
}

/* Which levels have transformers on the way up, which in all published models are those that have them on the way down. */
static gboolean
read_way_up (const Scan      *scan,
             LimnUnetConfig  *config,
             GError         **error)
{
  guint index = 0;

  for (guint i = config->n_levels; i-- > 0;)
    {
      LimnUnetLevel *level = &config->levels[i];

      for (guint j = 0; j <= level->n_layers; j++, index++)
        {
          g_autofree char *place = g_strdup_printf ("output_blocks.%u.1", index);
          guint depth = count_layers (scan, place);

          if (!get (scan, "output_blocks.%u.0.in_layers.2.weight", index))
            return fail (scan->file, "its UNet does not go up as it goes down", error);
          if (depth != level->depth)
            return fail (scan->file, "the transformers of its UNet differ on the way up", error);
        }
      level->up_attention = level->depth > 0;
    }
  return TRUE;
}

/* @full: a UNet, not the half of one that a ControlNet is. */
static gboolean
read_unet (const Scan       *scan,
           const UnetStyle  *style,
           gboolean          full,
           LimnUnetConfig   *config,
           GError          **error)
{
  const LimnSafetensorsTensor *conv_in = get (scan, "%s", style->conv_in);
  const LimnSafetensorsTensor *vector = get (scan, "%s", style->vector);
  const LimnSafetensorsTensor *projection = get (scan, "%s.proj_in.weight", style->mid_transformer);
  LimnUnetConfig read = { .groups = GROUPS, .eps = UNET_EPS, .flip = TRUE };
  gboolean old;

  if (!conv_in || conv_in->n_dims != 4 || get_dim (conv_in, 1) == 0)
    return fail (scan->file, "its UNet does not begin with a convolution", error);
  read.in_channels = get_dim (conv_in, 1);
  if (!read_way_down (scan, style, &read, error))
    return FALSE;
  read.mid_depth = count_layers (scan, style->mid_transformer);
  read.context_width = get_dim (get (scan, "%s.transformer_blocks.0.attn2.to_k.weight", style->mid_transformer), 1);
  if (read.mid_depth == 0 || read.context_width == 0 || !projection)
    return fail (scan->file, "the middle of its UNet does not look at a prompt", error);
  if (full && !read_way_up (scan, &read, error))
    return FALSE;
  read.out_channels = full ? get_dim (get (scan, "out.2.weight"), 0) : read.in_channels;
  if (read.out_channels == 0)
    return fail (scan->file, "its UNet does not end with a convolution", error);
  read.guidance_width = get_dim (get (scan, "%s", style->guidance), 1);
  if (vector)
    {
      read.vector_width = get_dim (vector, 1);
      read.vector_step = SIZE_WIDTH;
    }
  old = projection->n_dims == 4 || read.context_width == OLD_CONTEXT;
  for (guint i = 0; i < read.n_levels; i++)
    {
      LimnUnetLevel *level = &read.levels[i];
      guint heads = old ? OLD_HEADS : MAX (level->channels / HEAD_WIDTH, 1);

      if (level->channels % GROUPS != 0 || level->channels % (heads * LIMN_TEXEL) != 0)
        return fail (scan->file, "its UNet has levels that no heads divide", error);
      level->heads = heads;
      if (!full)
        level->up_attention = level->down_attention;
    }
  *config = read;
  return TRUE;
}

gboolean
limn_shapes_has_unet (const LimnCheckpoint *file,
                      const char           *prefix)
{
  Scan scan = { file, prefix };

  return get (&scan, "%s", original_style.conv_in) != NULL;
}

gboolean
limn_shapes_read_unet (const LimnCheckpoint  *file,
                       const char            *prefix,
                       LimnUnetConfig        *config,
                       LimnNames            **names,
                       GError               **error)
{
  Scan scan = { file, prefix };

  if (!read_unet (&scan, &original_style, TRUE, config, error))
    return FALSE;
  *names = limn_names_new (LIMN_NAMES_UNET, prefix, config, NULL);
  return TRUE;
}

#define EMA_PREFIX "model_ema.diffusion_model"

gboolean
limn_shapes_has_ema (const LimnCheckpoint *file)
{
  Scan scan = { file, EMA_PREFIX, TRUE };

  return get (&scan, "%s", original_style.conv_in) != NULL;
}

gboolean
limn_shapes_read_ema (const LimnCheckpoint  *file,
                      LimnUnetConfig        *config,
                      LimnNames            **names,
                      GError               **error)
{
  Scan scan = { file, EMA_PREFIX, TRUE };

  if (!read_unet (&scan, &original_style, TRUE, config, error))
    return FALSE;
  *names = limn_names_new_ema (config);
  return TRUE;
}

gboolean
limn_shapes_read_control (const LimnCheckpoint  *file,
                          LimnUnetConfig        *config,
                          LimnNames            **names,
                          GError               **error)
{
  static const struct
  {
    const char      *prefix;
    const char      *hint;
    const UnetStyle *style;
    LimnNamesKind    kind;
  } layouts[] = {
    { "control_model.", "input_hint_block.0.weight", &original_style, LIMN_NAMES_CONTROL },
    { "", "input_hint_block.0.weight", &original_style, LIMN_NAMES_CONTROL },
    { "", "controlnet_cond_embedding.conv_in.weight", &diffusers_style, LIMN_NAMES_CANONICAL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (layouts); i++)
    {
      Scan scan = { file, layouts[i].prefix };

      if (!get (&scan, "%s", layouts[i].hint))
        continue;
      if (!read_unet (&scan, layouts[i].style, FALSE, config, error))
        return FALSE;
      *names = limn_names_new (layouts[i].kind, layouts[i].prefix, config, NULL);
      return TRUE;
    }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” holds no ControlNet", limn_checkpoint_get_name (file));
  return FALSE;
}

/* A style of text encoder: where to read what. The number of a layer stands between @layers and @fc1. */
typedef struct
{
  const char    *tokens;
  const char    *positions;
  const char    *layers;
  const char    *fc1;
  const char    *projection;
  guint          projection_dim; /* of the outputs in its shape */
} TextStyle;

static const TextStyle clip_style = { CLIP_PREFIX "embeddings.token_embedding.weight", CLIP_PREFIX "embeddings.position_embedding.weight",
                                      CLIP_PREFIX "encoder.layers.", ".mlp.fc1.weight", "text_projection.weight", 0 };
static const TextStyle bare_style = { "embeddings.token_embedding.weight", "embeddings.position_embedding.weight",
                                      "encoder.layers.", ".mlp.fc1.weight", "text_projection.weight", 0 };
static const TextStyle open_style = { "token_embedding.weight", "positional_embedding", "transformer.resblocks.", ".mlp.c_fc.weight",
                                      "text_projection", 1 };

/* Where text encoders lie in single files, in the order of a context: LDM has one, SGM up to two, SDXL's refiner the second of SDXL as its
 * first. Some tools write CLIP's without "text_model.". */
static const struct
{
  const char      *prefix;
  const TextStyle *style;
  LimnNamesKind    names;
} text_places[] = {
  { "cond_stage_model.transformer.", &clip_style, LIMN_NAMES_CANONICAL },
  { "cond_stage_model.transformer.", &bare_style, LIMN_NAMES_BARE_CLIP },
  { "cond_stage_model.model.", &open_style, LIMN_NAMES_OPEN_CLIP },
  { "conditioner.embedders.0.transformer.", &clip_style, LIMN_NAMES_CANONICAL },
  { "conditioner.embedders.0.transformer.", &bare_style, LIMN_NAMES_BARE_CLIP },
  { "conditioner.embedders.0.model.", &open_style, LIMN_NAMES_OPEN_CLIP },
  { "conditioner.embedders.1.transformer.", &clip_style, LIMN_NAMES_CANONICAL },
  { "conditioner.embedders.1.model.", &open_style, LIMN_NAMES_OPEN_CLIP },
};

/* Some tools write OpenCLIP's encoders with transformers' names; their widths are no other's: ViT-H-14's and ViT-bigG-14's. */
static gboolean
is_open_clip (const TextStyle *style,
              guint            width)
{
  return style == &open_style || width == 1024 || width == 1280;
}

static gboolean
read_text (const Scan       *scan,
           const TextStyle  *style,
           LimnTextConfig   *config,
           GError          **error)
{
  const LimnSafetensorsTensor *tokens = get (scan, "%s", style->tokens), *layer;
  LimnTextConfig read = { .eps = TEXT_EPS, .final_norm = TRUE, .pad_id = LIMN_TEXT_PAD_AS_IS };

  read.vocab_size = get_dim (tokens, 0);
  read.width = get_dim (tokens, 1);
  read.positions = get_dim (get (scan, "%s", style->positions), 0);
  for (;; read.n_layers++)
    {
      layer = get (scan, "%s%u%s", style->layers, read.n_layers, style->fc1);
      if (!layer || read.n_layers >= LIMN_MODEL_MAX_LAYERS)
        break;
      read.inner = get_dim (layer, 0);
    }
  if (read.vocab_size == 0 || read.width == 0 || read.positions == 0 || read.n_layers == 0 || read.inner == 0
      || read.inner % LIMN_TEXEL != 0 || read.width % HEAD_WIDTH != 0)
    return fail (scan->file, "its text encoder is not CLIP's", error);
  read.heads = read.width / HEAD_WIDTH;
  read.missing = limn_text_config_find_missing (&read);
  read.activation = is_open_clip (style, read.width) ? LIMN_ACTIVATION_GELU : LIMN_ACTIVATION_QUICK_GELU;
  read.projection = get_dim (get (scan, "%s", style->projection), style->projection_dim);
  *config = read;
  return TRUE;
}

guint
limn_shapes_read_texts (const LimnCheckpoint  *file,
                        guint                  max,
                        LimnShapesText        *texts,
                        GError               **error)
{
  guint n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (text_places) && n < max; i++)
    {
      Scan scan = { file, text_places[i].prefix };

      if (!get (&scan, "%s", text_places[i].style->tokens))
        continue;
      if (!read_text (&scan, text_places[i].style, &texts[n].config, error))
        {
          while (n > 0)
            g_clear_pointer (&texts[--n].names, limn_names_free);
          return 0;
        }
      texts[n++].names = limn_names_new (text_places[i].names, text_places[i].prefix, NULL, NULL);
    }
  if (n == 0)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” has no text encoder in it: prompts would mean nothing to it",
                 limn_checkpoint_get_name (file));
  return n;
}

static const char * const vae_prefixes[] = { "first_stage_model.", "", "vae.", "first_stage_model.model." };

gboolean
limn_shapes_has_vae (const LimnCheckpoint  *file,
                     const char           **prefix)
{
  for (gsize i = 0; i < G_N_ELEMENTS (vae_prefixes); i++)
    {
      Scan scan = { file, vae_prefixes[i] };

      if (!get (&scan, "decoder.conv_in.weight"))
        continue;
      if (prefix)
        *prefix = vae_prefixes[i];
      return TRUE;
    }
  return FALSE;
}

gboolean
limn_shapes_read_vae (const LimnCheckpoint  *file,
                      LimnVaeConfig         *config,
                      LimnNames            **names,
                      GError               **error)
{
  static const struct
  {
    const char   *around[3]; /* the numbers of level and layer */
    LimnNamesKind kind;
  } styles[] = {
    { { "encoder.down.", ".block.", ".conv1.weight" }, LIMN_NAMES_VAE },
    { { "encoder.down_blocks.", ".resnets.", ".conv1.weight" }, LIMN_NAMES_CANONICAL },
  };
  LimnVaeConfig read = { .groups = GROUPS };
  const char *prefix;
  Scan scan = { file };

  if (!limn_shapes_has_vae (file, &prefix))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” holds no VAE", limn_checkpoint_get_name (file));
      return FALSE;
    }
  scan.prefix = prefix;
  for (gsize s = 0; s < G_N_ELEMENTS (styles); s++)
    {
      const char * const *around = styles[s].around;
      const LimnSafetensorsTensor *layer;

      for (read.n_levels = 0; read.n_levels < LIMN_MODEL_MAX_LEVELS; read.n_levels++)
        {
          guint n;

          for (n = 0; n < LIMN_MODEL_MAX_LAYERS; n++)
            {
              layer = get (&scan, "%s%u%s%u%s", around[0], read.n_levels, around[1], n, around[2]);
              if (!layer)
                break;
              read.channels[read.n_levels] = get_dim (layer, 0);
            }
          if (n == 0)
            break;
          if (read.n_levels > 0 && n != read.n_layers)
            return fail (file, "the levels of its VAE differ", error);
          read.n_layers = n;
          if (read.channels[read.n_levels] == 0 || read.channels[read.n_levels] % GROUPS != 0)
            return fail (file, "its VAE has levels that no groups divide", error);
        }
      if (read.n_levels == 0)
        continue;
      read.in_channels = get_dim (get (&scan, "encoder.conv_in.weight"), 1);
      read.out_channels = get_dim (get (&scan, "decoder.conv_out.weight"), 0);
      read.latent_channels = get_dim (get (&scan, "decoder.conv_in.weight"), 1);
      if (read.in_channels != 3 || read.out_channels != 3 || read.latent_channels == 0)
        return fail (file, "its VAE is not one of pictures in colour", error);
      *names = limn_names_new (styles[s].kind, prefix, NULL, &read);
      *config = read;
      return TRUE;
    }
  return fail (file, "its VAE has no encoder", error);
}
