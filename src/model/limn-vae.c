/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-vae.h"

#include "base/limn-error.h"
#include "model/limn-blocks.h"
#include "model/limn-pass.h"
#include "model/limn-slabs.h"
#include "ops/limn-op-elementwise.h"

#include <string.h>

/* Not in any config: diffusers builds all group norms of the VAE with this. */
#define VAE_NORM_EPS 1e-6f

typedef struct
{
  guint       n_resnets;
  LimnResnet *resnets;
  gboolean    has_resample;
  LimnMatrix  resample;
} Block;

/* One head over all cells, with biases, residual around it. */
typedef struct
{
  LimnNorm   norm;
  LimnMatrix qkv;
  LimnMatrix out;
} Attention;

struct _LimnVae
{
  LimnVaeConfig config;
  LimnVaeSide   side;
  LimnGl       *gl;
  LimnArena    *arena;
  LimnDtype     dtype;
  guint64       slab_bytes;
  LimnMatrix    outer; /* post_quant_conv or quant_conv */
  LimnMatrix    conv_in;
  Block         blocks[LIMN_MODEL_MAX_LEVELS];
  LimnResnet    mid[2];
  Attention     attention;
  LimnNorm      norm_out;
  LimnMatrix    conv_out;
  LimnPassCache cache;
  gboolean      overflowed; /* the last picture decoded */
};

enum
{
  IO_INPUT,  /* latent, or picture */
  IO_OUTPUT, /* picture, or mean and log variance */
  IO_RGBA,   /* decoder only */
};

/* The attention's layers have two names each: diffusers renamed them with 0.17, and old folders stay. */
static const char * const attention_names[][2] = {
  { "to_q", "query" },
  { "to_k", "key" },
  { "to_v", "value" },
  { "to_out.0", "proj_attn" },
};

static gboolean
load_attention (LimnVae     *vae,
                LimnLoader  *loader,
                guint        c,
                const char  *prefix,
                GError     **error)
{
  char *names[G_N_ELEMENTS (attention_names)];
  LimnMatrixPart parts[G_N_ELEMENTS (attention_names)];
  g_autofree char *old = g_strconcat (prefix, ".", attention_names[0][1], ".weight", NULL);
  guint variant = limn_loader_has (loader, old) ? 1 : 0;
  gboolean done;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      names[i] = g_strconcat (prefix, ".", attention_names[i][variant], NULL);
      parts[i] = (LimnMatrixPart) { names[i], c };
    }
  done = limn_loader_norm (loader, &vae->attention.norm, c, vae->config.groups, VAE_NORM_EPS, error, "%s.group_norm",
                           prefix)
         && limn_loader_matrix (loader, &vae->attention.qkv, 1, c, parts, 3, TRUE, error)
         && limn_loader_matrix (loader, &vae->attention.out, 1, c, parts + 3, 1, TRUE, error);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_free (names[i]);
  return done;
}

static gboolean
load_mid (LimnVae     *vae,
          LimnLoader  *loader,
          guint        c,
          const char  *side,
          GError     **error)
{
  g_autofree char *attention = g_strconcat (side, ".mid_block.attentions.0", NULL);

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s.mid_block.resnets.%u", side, i);

      if (!limn_resnet_load (&vae->mid[i], loader, c, c, vae->config.groups, VAE_NORM_EPS, name, error))
        return FALSE;
    }
  return load_attention (vae, loader, c, attention, error);
}

static gboolean
load (LimnVae     *vae,
      LimnLoader  *loader,
      GError     **error)
{
  const LimnVaeConfig *config = &vae->config;
  gboolean decoder = vae->side == LIMN_VAE_DECODER;
  const char *side = decoder ? "decoder" : "encoder";
  guint last = config->n_levels - 1, latent = config->latent_channels;
  guint coarsest = config->channels[last], finest = config->channels[0];
  guint c = decoder ? coarsest : finest;
  guint moments = decoder ? latent : 2 * latent;

  if (!limn_loader_layer_f32 (loader, &vae->outer, 1, moments, moments, error, "%s",
                              decoder ? "post_quant_conv" : "quant_conv")
      || !limn_loader_layer (loader, &vae->conv_in, 9, c, decoder ? latent : config->in_channels, error, "%s.conv_in",
                             side)
      || !load_mid (vae, loader, coarsest, side, error))
    return FALSE;
  for (guint i = 0; i < config->n_levels; i++)
    {
      Block *block = &vae->blocks[i];
      guint c_out = config->channels[decoder ? last - i : i];

      block->n_resnets = config->n_layers + (decoder ? 1 : 0);
      block->resnets = g_new0 (LimnResnet, block->n_resnets);
      for (guint j = 0; j < block->n_resnets; j++)
        {
          g_autofree char *name = g_strdup_printf ("%s.%s_blocks.%u.resnets.%u", side, decoder ? "up" : "down", i, j);

          if (!limn_resnet_load (&block->resnets[j], loader, j == 0 ? c : c_out, c_out, config->groups, VAE_NORM_EPS,
                                 name, error))
            return FALSE;
        }
      c = c_out;
      if (i == last)
        break;
      block->has_resample = TRUE;
      if (!limn_loader_layer (loader, &block->resample, 9, c, c, error,
                              decoder ? "%s.up_blocks.%u.upsamplers.0.conv" : "%s.down_blocks.%u.downsamplers.0.conv",
                              side, i))
        return FALSE;
    }
  return limn_loader_norm (loader, &vae->norm_out, c, config->groups, VAE_NORM_EPS, error, "%s.conv_norm_out", side)
         && limn_loader_layer_f32 (loader, &vae->conv_out, 9, decoder ? config->out_channels : moments, c, error,
                                   "%s.conv_out", side);
}

LimnVae *
limn_vae_new (LimnLoader           *loader,
              const LimnVaeConfig  *config,
              LimnVaeSide           side,
              LimnArena            *arena,
              GError              **error)
{
  g_autoptr(LimnVae) vae = g_new0 (LimnVae, 1);

  vae->config = *config;
  vae->side = side;
  vae->gl = arena ? limn_arena_get_gl (arena) : NULL;
  vae->arena = arena;
  vae->dtype = loader->dtype;
  if (!load (vae, loader, error))
    return NULL;
  return g_steal_pointer (&vae);
}

void
limn_vae_free (LimnVae *vae)
{
  if (!vae)
    return;
  limn_pass_cache_clear (&vae->cache);
  limn_matrix_clear (&vae->outer);
  limn_matrix_clear (&vae->conv_in);
  for (guint i = 0; i < vae->config.n_levels; i++)
    {
      Block *block = &vae->blocks[i];

      for (guint j = 0; block->resnets && j < block->n_resnets; j++)
        limn_resnet_clear (&block->resnets[j]);
      g_free (block->resnets);
      limn_matrix_clear (&block->resample);
    }
  limn_resnet_clear (&vae->mid[0]);
  limn_resnet_clear (&vae->mid[1]);
  limn_norm_clear (&vae->attention.norm);
  limn_matrix_clear (&vae->attention.qkv);
  limn_matrix_clear (&vae->attention.out);
  limn_norm_clear (&vae->norm_out);
  limn_matrix_clear (&vae->conv_out);
  g_free (vae);
}

static LimnTensor *
record_mid (LimnVae      *vae,
            LimnRecorder *r,
            LimnTensor   *x,
            const char   *side)
{
  const Attention *attention = &vae->attention;
  guint c = x->c, h = x->h, w = x->w;
  LimnTensor *a;

  x = limn_slabs_record_resnet (r, &vae->mid[0], x);
  limn_record_tap (r, x, "%s.mid_block.resnets.0", side);
  a = limn_record_norm (r, &attention->norm, x, LIMN_ACTIVATION_NONE, FALSE);
  a = limn_record_matrix (r, &attention->qkv, NULL, a, LIMN_ACTIVATION_NONE, NULL);
  if (r->error)
    return x;
  a = limn_graph_reshape (r->graph, a, x->n, h * w, 1);
  a = limn_record_attention (r, limn_graph_columns (r->graph, a, 0, c), limn_graph_columns (r->graph, a, c, c),
                             limn_graph_columns (r->graph, a, 2 * c, c), 1, FALSE);
  if (r->error)
    return x;
  a = limn_graph_reshape (r->graph, a, x->n, h, w);
  x = limn_record_matrix (r, &attention->out, NULL, a, LIMN_ACTIVATION_NONE, x);
  limn_record_tap (r, x, "%s.mid_block.attentions.0", side);
  x = limn_slabs_record_resnet (r, &vae->mid[1], x);
  limn_record_tap (r, x, "%s.mid_block.resnets.1", side);
  return x;
}

static LimnTensor *
record_blocks (LimnVae      *vae,
               LimnRecorder *r,
               LimnTensor   *x)
{
  gboolean decoder = vae->side == LIMN_VAE_DECODER;
  const char *side = decoder ? "decoder.up" : "encoder.down";

  for (guint i = 0; i < vae->config.n_levels; i++)
    {
      const Block *block = &vae->blocks[i];

      for (guint j = 0; j < block->n_resnets; j++)
        {
          x = limn_slabs_record_resnet (r, &block->resnets[j], x);
          limn_record_tap (r, x, "%s_blocks.%u.resnets.%u", side, i, j);
        }
      if (block->has_resample)
        {
          x = limn_record_conv (r, &block->resample, NULL, limn_slabs_record_compact (r, x), decoder ? LIMN_CONV_UP : LIMN_CONV_DOWN_ASYMMETRIC, NULL,
                                NULL);
          limn_record_tap (r, x, "%s_blocks.%u.%ssamplers.0", side, i, decoder ? "up" : "down");
        }
      limn_record_tap (r, x, "%s_blocks.%u", side, i);
    }
  return x;
}

/* latent -> 1x1 -> 3x3 -> mid -> blocks -> norm, SiLU -> 3x3 -> picture */
static void
record_decoder (LimnVae      *vae,
                LimnRecorder *r,
                LimnPass     *pass)
{
  LimnTensor *z = pass->io[IO_INPUT];
  LimnTensor *x = limn_graph_tensor (r->graph, LIMN_DTYPE_F32, z->n, z->h, z->w, z->c);

  limn_record_matrix (r, &vae->outer, x, z, LIMN_ACTIVATION_NONE, NULL);
  limn_record_tap (r, x, "post_quant_conv");
  x = limn_record_conv (r, &vae->conv_in, NULL, x, LIMN_CONV_SAME, NULL, NULL);
  limn_record_tap (r, x, "decoder.conv_in");
  x = record_mid (vae, r, x, "decoder");
  x = record_blocks (vae, r, x);
  limn_slabs_record_norm_conv (r, &vae->norm_out, &vae->conv_out, pass->io[IO_OUTPUT], x, NULL);
  if (!r->error)
    limn_op_to_rgba (r->graph, pass->io[IO_RGBA], pass->io[IO_OUTPUT], &r->error);
}

/* picture -> 3x3 -> blocks -> mid -> norm, SiLU -> 3x3 -> 1x1 -> mean | log variance */
static void
record_encoder (LimnVae      *vae,
                LimnRecorder *r,
                LimnPass     *pass)
{
  LimnTensor *y = pass->io[IO_OUTPUT];
  LimnTensor *moments = limn_graph_tensor (r->graph, LIMN_DTYPE_F32, y->n, y->h, y->w, y->c);
  LimnTensor *x;

  x = limn_record_conv (r, &vae->conv_in, NULL, pass->io[IO_INPUT], LIMN_CONV_SAME, NULL, NULL);
  limn_record_tap (r, x, "encoder.conv_in");
  x = record_blocks (vae, r, x);
  x = record_mid (vae, r, x, "encoder");
  limn_record_tap (r, x, "encoder.mid_block");
  limn_slabs_record_norm_conv (r, &vae->norm_out, &vae->conv_out, moments, x, NULL);
  limn_record_tap (r, moments, "encoder.conv_out");
  limn_record_matrix (r, &vae->outer, y, moments, LIMN_ACTIVATION_NONE, NULL);
}

static LimnPass *
record_pass (LimnVae   *vae,
             guint      n,
             guint      h,
             guint      w,
             guint64    slab_bytes,
             gboolean   dry,
             LimnTaps  *taps,
             GError   **error)
{
  const LimnVaeConfig *config = &vae->config;
  gboolean decoder = vae->side == LIMN_VAE_DECODER;
  guint factor = limn_vae_config_get_factor (config), ph, pw;
  g_autoptr(LimnPass) pass = g_new0 (LimnPass, 1);
  LimnRecorder r = { .dtype = vae->dtype, .taps = taps, .slab_bytes = slab_bytes };

  if (n == 0 || h == 0 || w == 0 || !g_uint_checked_mul (&ph, h, factor) || !g_uint_checked_mul (&pw, w, factor))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "The VAE cannot take %u latents of %u x %u", n, w, h);
      return NULL;
    }
  pass->key[0] = n;
  pass->key[1] = h;
  pass->key[2] = w;
  pass->dry = dry;
  r.graph = limn_pass_begin (pass, vae->gl, vae->arena, decoder ? "vae decoder" : "vae encoder");
  if (!limn_pass_edge (pass, IO_INPUT, LIMN_DTYPE_F32, n, decoder ? h : ph, decoder ? w : pw,
                       decoder ? config->latent_channels : config->in_channels, "vae input", error)
      || !limn_pass_edge (pass, IO_OUTPUT, LIMN_DTYPE_F32, n, decoder ? ph : h, decoder ? pw : w,
                          decoder ? config->out_channels : 2 * config->latent_channels, "vae output", error)
      || (decoder && !limn_pass_edge (pass, IO_RGBA, LIMN_DTYPE_U32, n, ph, pw, 1, "picture", error)))
    return NULL;
  if (decoder)
    record_decoder (vae, &r, pass);
  else
    record_encoder (vae, &r, pass);
  if (!limn_record_end (&r, error))
    return NULL;
  pass->slabs = r.most_slabs;
  return g_steal_pointer (&pass);
}

static LimnPass *
get_pass (LimnVae   *vae,
          guint      n,
          guint      h,
          guint      w,
          GError   **error)
{
  LimnPass *pass = limn_pass_cache_find (&vae->cache, n, h, w, 0);

  if (pass)
    return pass;
  pass = record_pass (vae, n, h, w, vae->slab_bytes, FALSE, NULL, error);
  if (pass)
    limn_pass_cache_add (&vae->cache, pass);
  return pass;
}

void
limn_vae_set_slabs (LimnVae *vae,
                    guint64  slab_bytes)
{
  if (vae->slab_bytes == slab_bytes)
    return;
  vae->slab_bytes = slab_bytes;
  limn_pass_cache_clear (&vae->cache);
}

gboolean
limn_vae_is_prepared (LimnVae *vae,
                      guint    n,
                      guint    h,
                      guint    w)
{
  return limn_pass_cache_find (&vae->cache, n, h, w, 0) != NULL;
}

gboolean
limn_vae_prepare (LimnVae   *vae,
                  guint      n,
                  guint      h,
                  guint      w,
                  GError   **error)
{
  return get_pass (vae, n, h, w, error) != NULL;
}

gboolean
limn_vae_warm_up (LimnVae       *vae,
                  guint          n,
                  guint          h,
                  guint          w,
                  GCancellable  *cancellable,
                  GError       **error)
{
  LimnPass *pass = get_pass (vae, n, h, w, error);

  return pass && limn_graph_warm_up (pass->graph, cancellable, error);
}

gboolean
limn_vae_plan (LimnVae       *vae,
               guint          n,
               guint          h,
               guint          w,
               guint64        slab_bytes,
               LimnPassNeed  *need,
               GError       **error)
{
  g_autoptr(LimnPass) pass = record_pass (vae, n, h, w, slab_bytes, TRUE, NULL, error);

  if (!pass)
    return FALSE;
  limn_pass_get_need (pass, need);
  return TRUE;
}

static LimnPass *
run (LimnVae       *vae,
     guint          n,
     guint          h,
     guint          w,
     const float   *input,
     LimnTaps      *taps,
     GCancellable  *cancellable,
     LimnPass     **tapped,
     GError       **error)
{
  LimnPass *pass;

  if (taps)
    pass = *tapped = record_pass (vae, n, h, w, 0, FALSE, taps, error);
  else
    pass = get_pass (vae, n, h, w, error);
  if (!pass)
    return NULL;
  limn_tensor_upload_nchw (pass->io[IO_INPUT], input);
  if (!limn_graph_run (pass->graph, cancellable, error) || (taps && !limn_taps_collect (taps, pass->graph, error)))
    return NULL;
  return pass;
}

/* The pixels of the last run, opaque; vae->overflowed. */
static gboolean
read_pixels (LimnVae   *vae,
             LimnPass  *pass,
             guint8    *rgba,
             GError   **error)
{
  gsize n_pixels = limn_tensor_get_rows (pass->io[IO_RGBA]);
  g_autofree guint32 *pixels = g_new (guint32, n_pixels);

  if (!limn_tensor_download_u32 (pass->io[IO_RGBA], pixels, error))
    return FALSE;
  vae->overflowed = FALSE;
  for (gsize i = 0; i < n_pixels; i++)
    {
      vae->overflowed |= pixels[i] >> 24 == 0;
      pixels[i] = GUINT32_TO_LE (pixels[i] | 0xff000000u);
    }
  if (rgba)
    memcpy (rgba, pixels, n_pixels * sizeof *pixels);
  return TRUE;
}

gboolean
limn_vae_has_overflowed (LimnVae *vae)
{
  return vae->overflowed;
}

gboolean
limn_vae_decode (LimnVae       *vae,
                 guint          n,
                 guint          h,
                 guint          w,
                 const float   *z,
                 LimnTaps      *taps,
                 GCancellable  *cancellable,
                 guint8        *rgba,
                 float         *rgb,
                 GError       **error)
{
  g_autoptr(LimnPass) tapped = NULL;
  LimnPass *pass;

  g_return_val_if_fail (vae->side == LIMN_VAE_DECODER, FALSE);

  pass = run (vae, n, h, w, z, taps, cancellable, &tapped, error);
  return pass && read_pixels (vae, pass, rgba, error) && (!rgb || limn_tensor_download_nchw (pass->io[IO_OUTPUT], rgb, error));
}

gboolean
limn_vae_encode (LimnVae       *vae,
                 guint          n,
                 guint          h,
                 guint          w,
                 const float   *rgb,
                 LimnTaps      *taps,
                 GCancellable  *cancellable,
                 float         *mean,
                 float         *logvar,
                 GError       **error)
{
  g_autoptr(LimnPass) tapped = NULL;
  g_autofree float *moments = NULL;
  gsize half = (gsize) vae->config.latent_channels * h * w;
  LimnPass *pass;

  g_return_val_if_fail (vae->side == LIMN_VAE_ENCODER, FALSE);

  pass = run (vae, n, h, w, rgb, taps, cancellable, &tapped, error);
  if (!pass)
    return FALSE;
  moments = g_new (float, 2 * half * n);
  if (!limn_tensor_download_nchw (pass->io[IO_OUTPUT], moments, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      memcpy (mean + i * half, moments + 2 * i * half, half * sizeof *mean);
      for (gsize k = 0; k < half; k++)
        logvar[i * half + k] = CLAMP (moments[(2 * i + 1) * half + k], -30.0f, 20.0f);
    }
  return TRUE;
}
