/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A pass belongs to the residuals that it writes: where these are others, it is recorded anew. Whether it is the first to write there is a second
 * pass, not a uniform: what is in memory before the first may be no number, and 0 times that is none either. */
#include "config.h"

#include "model/limn-control-net.h"

#include "base/limn-error.h"
#include "model/limn-cross-contexts.h"
#include "ops/limn-op-elementwise.h"

#include <string.h>

enum
{
  IO_X,
  IO_T,
  IO_VECTOR, /* where the config has one */
  IO_HINT,   /* as the first convolution's output */
  IO_SCALE,
};

enum
{
  IO_PICTURE,
  IO_EMBEDDED,
};

/* What became of the last hint. */
typedef struct
{
  guint  h; /* cells */
  guint  w;
  float *picture;
  float *embedded; /* [h, w, channels] */
} Hint;

struct _LimnControlNet
{
  LimnGl            *gl;
  LimnArena         *arena;
  LimnDtype          dtype;
  LimnControlConfig  config;
  LimnUnetEncoder    encoder;
  LimnMatrix         hint_convs[2 * LIMN_CONTROL_MAX_WIDTHS];
  guint              n_hint_convs;
  LimnMatrix        *zeros; /* one for each skip, and the middle's */
  guint              n_zeros;
  LimnPassCache      cache;
  LimnPassCache      hint_cache;
  LimnCrossContexts  contexts;
  Hint               hint;
  const LimnPass    *hinted; /* (nullable): in @cache: which has that hint already */
};

/* -------- loading -------- */

static gboolean
load_hint (LimnControlNet  *net,
           LimnLoader      *loader,
           GError         **error)
{
  const LimnControlConfig *config = &net->config;
  LimnMatrix *convs = net->hint_convs;
  guint last = config->n_widths - 1;

  net->n_hint_convs = 2 * config->n_widths;
  if (!limn_loader_layer (loader, &convs[0], 9, config->widths[0], config->hint_channels, error, "controlnet_cond_embedding.conv_in"))
    return FALSE;
  for (guint i = 0; i < last; i++)
    if (!limn_loader_layer (loader, &convs[2 * i + 1], 9, config->widths[i], config->widths[i], error,
                            "controlnet_cond_embedding.blocks.%u", 2 * i) ||
        !limn_loader_layer (loader, &convs[2 * i + 2], 9, config->widths[i + 1], config->widths[i], error,
                            "controlnet_cond_embedding.blocks.%u", 2 * i + 1))
      return FALSE;
  return limn_loader_layer (loader, &convs[2 * last + 1], 9, config->unet.levels[0].channels, config->widths[last], error,
                            "controlnet_cond_embedding.conv_out");
}

static gboolean
load (LimnControlNet  *net,
      LimnLoader      *loader,
      GError         **error)
{
  g_autoptr(GArray) skips = g_array_new (FALSE, FALSE, sizeof (guint));
  guint c = net->config.unet.levels[net->config.unet.n_levels - 1].channels;

  if (!limn_unet_encoder_load (&net->encoder, loader, &net->config.unet, skips, error) ||
      !limn_unet_encoder_load_time (&net->encoder, loader, error) || !load_hint (net, loader, error))
    return FALSE;
  net->n_zeros = skips->len + 1;
  net->zeros = g_new0 (LimnMatrix, net->n_zeros);
  for (guint i = 0; i < skips->len; i++)
    {
      guint skip = g_array_index (skips, guint, i);

      if (!limn_loader_layer (loader, &net->zeros[i], 1, skip, skip, error, "controlnet_down_blocks.%u", i))
        return FALSE;
    }
  return limn_loader_layer (loader, &net->zeros[skips->len], 1, c, c, error, "controlnet_mid_block");
}

LimnControlNet *
limn_control_net_new (LimnLoader               *loader,
                      const LimnControlConfig  *config,
                      LimnArena                *arena,
                      GError                  **error)
{
  g_autoptr(LimnControlNet) net = g_new0 (LimnControlNet, 1);

  net->gl = arena ? limn_arena_get_gl (arena) : NULL;
  net->arena = arena;
  net->dtype = loader->dtype;
  net->config = *config;
  if (!load (net, loader, error))
    return NULL;
  limn_cross_contexts_init (&net->contexts, net->gl, arena, net->dtype, config->unet.context_width, net->encoder.layers);
  return g_steal_pointer (&net);
}

void
limn_control_net_free (LimnControlNet *net)
{
  if (!net)
    return;
  limn_pass_cache_clear (&net->cache);
  limn_pass_cache_clear (&net->hint_cache);
  limn_cross_contexts_clear (&net->contexts);
  limn_unet_encoder_clear (&net->encoder);
  for (guint i = 0; i < net->n_hint_convs; i++)
    limn_matrix_clear (&net->hint_convs[i]);
  for (guint i = 0; i < net->n_zeros; i++)
    limn_matrix_clear (&net->zeros[i]);
  g_free (net->zeros);
  g_free (net->hint.picture);
  g_free (net->hint.embedded);
  g_free (net);
}

guint
limn_control_config_get_factor (const LimnControlConfig *config)
{
  return 1u << (config->n_widths - 1);
}

gboolean
limn_control_config_check_fits (const LimnControlConfig  *config,
                                const LimnUnetConfig     *unet,
                                const char               *name,
                                GError                  **error)
{
  const LimnUnetConfig *own = &config->unet;
  gboolean fits = own->n_levels == unet->n_levels && own->context_width == unet->context_width && own->in_channels <= unet->in_channels &&
                  own->vector_width == unet->vector_width && own->groups == unet->groups;

  for (guint i = 0; fits && i < own->n_levels; i++)
    fits = own->levels[i].channels == unet->levels[i].channels && own->levels[i].n_layers == unet->levels[i].n_layers;
  if (!fits)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                 "The ControlNet “%s” was made for another kind of model: its contexts are %u wide and its levels have from %u channels on, while "
                 "this model's are %u wide and have from %u on. One of the same family is needed.",
                 name, own->context_width, own->levels[0].channels, unet->context_width, unet->levels[0].channels);
  return fits;
}

/* -------- the hint -------- */

static LimnPass *
record_hint (LimnControlNet  *net,
             guint            h,
             guint            w,
             gboolean         dry,
             GError         **error)
{
  g_autoptr(LimnPass) pass = g_new0 (LimnPass, 1);
  LimnRecorder r = { .dtype = net->dtype };
  guint factor = limn_control_config_get_factor (&net->config), last = net->n_hint_convs - 1;
  LimnTensor *x;

  pass->key[0] = h;
  pass->key[1] = w;
  pass->dry = dry;
  r.graph = limn_pass_begin (pass, net->gl, net->arena, "control hint");
  if (!limn_pass_edge (pass, IO_PICTURE, LIMN_DTYPE_F32, 1, h * factor, w * factor, net->config.hint_channels, "control picture", error) ||
      !limn_pass_edge (pass, IO_EMBEDDED, net->dtype, 1, h, w, net->config.unet.levels[0].channels, "control hint", error))
    return NULL;
  x = pass->io[IO_PICTURE];
  for (guint i = 0; i < last; i++)
    {
      x = limn_record_conv (&r, &net->hint_convs[i], NULL, x, i > 0 && i % 2 == 0 ? LIMN_CONV_DOWN : LIMN_CONV_SAME, NULL, NULL);
      if (!r.error)
        limn_op_activate (r.graph, x, x, LIMN_ACTIVATION_SILU, &r.error);
    }
  limn_record_conv (&r, &net->hint_convs[last], pass->io[IO_EMBEDDED], x, LIMN_CONV_SAME, NULL, NULL);
  if (!limn_record_end (&r, error))
    return NULL;
  return g_steal_pointer (&pass);
}

static gboolean
set_hint (LimnControlNet  *net,
          guint            h,
          guint            w,
          const float     *picture,
          GCancellable    *cancellable,
          GError         **error)
{
  guint factor = limn_control_config_get_factor (&net->config);
  gsize n_cells = (gsize) h * w, n_picture = n_cells * factor * factor * net->config.hint_channels;
  LimnPass *pass;

  if (net->hint.picture && net->hint.h == h && net->hint.w == w && memcmp (net->hint.picture, picture, n_picture * sizeof *picture) == 0)
    return TRUE;
  g_clear_pointer (&net->hint.picture, g_free);
  g_clear_pointer (&net->hint.embedded, g_free);
  net->hinted = NULL;
  pass = limn_pass_cache_find (&net->hint_cache, h, w, 0, 0);
  if (!pass)
    {
      pass = record_hint (net, h, w, FALSE, error);
      if (!pass)
        return FALSE;
      limn_pass_cache_add (&net->hint_cache, pass);
    }
  limn_tensor_upload_nchw (pass->io[IO_PICTURE], picture);
  net->hint.embedded = g_new (float, n_cells * net->config.unet.levels[0].channels);
  if (!limn_graph_run (pass->graph, cancellable, error) || !limn_tensor_download (pass->io[IO_EMBEDDED], net->hint.embedded, error))
    return FALSE;
  net->hint.picture = g_memdup2 (picture, n_picture * sizeof *picture);
  net->hint.h = h;
  net->hint.w = w;
  return TRUE;
}

/* The same for every sample, and for every step until there is another. */
static void
upload_hint (LimnControlNet *net,
             const LimnPass *pass)
{
  LimnTensor *tensor = pass->io[IO_HINT];
  guint64 rows = limn_tensor_get_rows (tensor) / tensor->n;

  if (net->hinted == pass)
    return;
  for (guint i = 0; i < tensor->n; i++)
    limn_tensor_upload_rows (tensor, i * rows, rows, net->hint.embedded);
  net->hinted = pass;
}

/* -------- the pass -------- */

/* Of passes: those that write and those that add. */
static guint
get_key (guint    n,
         gboolean first)
{
  return 2 * n + (first ? 1 : 0);
}

/* @skips: with the middle at its end */
static void
record_residuals (LimnControlNet *net,
                  LimnRecorder   *r,
                  LimnPass       *pass,
                  GPtrArray      *skips,
                  LimnResiduals  *residuals,
                  gboolean        first)
{
  for (guint i = 0; i < net->n_zeros; i++)
    {
      LimnTensor *skip = g_ptr_array_index (skips, i);
      LimnTensor *said = limn_record_matrix (r, &net->zeros[i], NULL, skip, LIMN_ACTIVATION_NONE, NULL);
      LimnTensor *sum;

      if (r->error)
        return;
      sum = residuals ? g_ptr_array_index (residuals->tensors, i) : said;
      limn_op_add (r->graph, sum, first ? NULL : sum, said, pass->io[IO_SCALE], &r->error);
    }
}

/* @context, @residuals: (nullable): NULL, both: a dry pass. @first: nothing is in @residuals yet. */
static LimnPass *
record_pass (LimnControlNet    *net,
             guint              n,
             guint              h,
             guint              w,
             guint              tokens,
             LimnCrossContext  *context,
             LimnResiduals     *residuals,
             gboolean           first,
             GError           **error)
{
  const LimnUnetConfig *config = &net->config.unet;
  g_autoptr(LimnPass) pass = g_new0 (LimnPass, 1);
  g_autoptr(GPtrArray) outputs = NULL;
  g_autoptr(GPtrArray) skips = g_ptr_array_new ();
  LimnRecorder r = { .dtype = net->dtype };
  LimnTensor *x, *time;

  pass->key[0] = get_key (n, first);
  pass->key[1] = h;
  pass->key[2] = w;
  pass->key[3] = tokens;
  pass->dry = context == NULL;
  r.graph = limn_pass_begin (pass, net->gl, net->arena, "control");
  if (context)
    {
      pass->context = limn_unet_bound_new (context, residuals);
      pass->context_unref = limn_unet_bound_free;
      outputs = g_ptr_array_ref (context->outputs);
    }
  else
    outputs = limn_cross_contexts_plan (&net->contexts, pass->graph, n, tokens, &pass->io_bytes);
  if (!limn_pass_edge (pass, IO_X, LIMN_DTYPE_F32, n, h, w, config->in_channels, "latent", error) ||
      !limn_pass_edge (pass, IO_T, LIMN_DTYPE_F32, n, 1, 1, 1, "timestep", error) ||
      !limn_pass_edge (pass, IO_HINT, net->dtype, n, h, w, config->levels[0].channels, "control hints", error) ||
      !limn_pass_edge (pass, IO_SCALE, LIMN_DTYPE_F32, 1, 1, 1, 1, "control strength", error) ||
      (config->vector_width > 0 &&
       !limn_pass_edge (pass, IO_VECTOR, LIMN_DTYPE_F32, n, 1, 1, config->vector_width, "conditioning vector", error)))
    return NULL;

  time = limn_unet_encoder_record_time (&net->encoder, &r, pass->io[IO_T], pass->io[IO_VECTOR]);
  x = limn_unet_encoder_record (&net->encoder, &r, pass->io[IO_X], pass->io[IO_HINT], time, outputs, skips);
  g_ptr_array_add (skips, x);
  record_residuals (net, &r, pass, skips, residuals, first);
  if (!limn_record_end (&r, error))
    return NULL;
  return g_steal_pointer (&pass);
}

static LimnPass *
get_pass (LimnControlNet    *net,
          LimnCrossContext  *context,
          LimnResiduals     *residuals,
          GError           **error)
{
  guint n = residuals->n, h = residuals->h, w = residuals->w;
  gboolean first = residuals->empty;
  LimnPass *pass = limn_pass_cache_find (&net->cache, get_key (n, first), h, w, context->tokens);
  const LimnUnetBound *bound = pass ? pass->context : NULL;

  if (pass && bound->context == context && bound->residuals == residuals)
    return pass;
  if (pass)
    limn_pass_cache_remove (&net->cache, pass);
  net->hinted = NULL;
  pass = record_pass (net, n, h, w, context->tokens, context, residuals, first, error);
  if (pass)
    limn_pass_cache_add (&net->cache, pass);
  return pass;
}

gboolean
limn_control_net_plan (LimnControlNet  *net,
                       guint            n,
                       guint            h,
                       guint            w,
                       guint            tokens,
                       LimnPassNeed    *need,
                       GError         **error)
{
  g_autoptr(LimnPass) hint = NULL;
  g_autoptr(LimnPass) pass = NULL;
  g_auto(LimnPassNeed) own = { 0 };

  if (!limn_unet_encoder_check_shape (&net->encoder, n, h, w, tokens, error))
    return FALSE;
  hint = record_hint (net, h, w, TRUE, error);
  pass = hint ? record_pass (net, n, h, w, tokens, NULL, NULL, TRUE, error) : NULL;
  if (!pass)
    return FALSE;
  limn_pass_get_need (hint, &own);
  limn_pass_get_need (pass, need);
  need->peak_bytes = MAX (need->peak_bytes, own.peak_bytes);
  need->edge_bytes += own.edge_bytes;
  g_array_append_vals (need->kept, own.kept->data, own.kept->len);
  return TRUE;
}

/* The first channels of each sample: a model for inpainting is given more than the latent. */
static void
upload_latent (LimnTensor  *tensor,
               guint        n_channels,
               const float *x)
{
  gsize plane = (gsize) tensor->h * tensor->w;
  g_autofree float *values = NULL;

  if (n_channels == tensor->c)
    {
      limn_tensor_upload_nchw (tensor, x);
      return;
    }
  values = g_new (float, tensor->n * tensor->c * plane);
  for (guint i = 0; i < tensor->n; i++)
    memcpy (values + i * tensor->c * plane, x + i * n_channels * plane, tensor->c * plane * sizeof *x);
  limn_tensor_upload_nchw (tensor, values);
}

gboolean
limn_control_net_run (LimnControlNet       *net,
                      const LimnUnetInput  *input,
                      guint                 n_channels,
                      const float          *hint,
                      float                 strength,
                      LimnResiduals        *residuals,
                      GCancellable         *cancellable,
                      GError              **error)
{
  LimnCrossContext *context;
  LimnPass *pass;

  g_return_val_if_fail (residuals->n == input->n && residuals->h == input->h && residuals->w == input->w, FALSE);
  g_return_val_if_fail (n_channels >= net->config.unet.in_channels, FALSE);

  if (!limn_unet_encoder_check_shape (&net->encoder, input->n, input->h, input->w, input->tokens, error))
    return FALSE;
  context = limn_cross_contexts_get (&net->contexts, input->n, input->tokens, error);
  pass = context ? get_pass (net, context, residuals, error) : NULL;
  if (!pass || !set_hint (net, input->h, input->w, hint, cancellable, error) ||
      !limn_cross_contexts_set (&net->contexts, context, input->context, cancellable, error))
    return FALSE;
  upload_latent (pass->io[IO_X], n_channels, input->x);
  limn_tensor_upload (pass->io[IO_T], input->t);
  if (pass->io[IO_VECTOR])
    limn_tensor_upload (pass->io[IO_VECTOR], input->vector);
  upload_hint (net, pass);
  limn_tensor_upload (pass->io[IO_SCALE], &strength);
  if (!limn_graph_run (pass->graph, cancellable, error))
    return FALSE;
  residuals->empty = FALSE;
  return TRUE;
}
