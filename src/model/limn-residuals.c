/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-residuals.h"

typedef void (*ShapeFunc) (guint h, guint w, guint c, gpointer data);

/* Skips in the order in which limn_unet_encoder_record() appends them, then the middle. */
static void
for_each_shape (const LimnUnetConfig *config,
                guint                 h,
                guint                 w,
                ShapeFunc             func,
                gpointer              data)
{
  guint c = config->levels[0].channels;

  func (h, w, c, data);
  for (guint i = 0; i < config->n_levels; i++)
    {
      c = config->levels[i].channels;
      for (guint j = 0; j < config->levels[i].n_layers; j++)
        func (h, w, c, data);
      if (i + 1 == config->n_levels)
        break;
      h = limn_conv_get_output_size (LIMN_CONV_DOWN, h);
      w = limn_conv_get_output_size (LIMN_CONV_DOWN, w);
      func (h, w, c, data);
    }
  func (h, w, c, data);
}

static void
residuals_clear (gpointer data)
{
  LimnResiduals *residuals = data;

  g_clear_pointer (&residuals->tensors, g_ptr_array_unref);
}

void
limn_residuals_unref (gpointer data)
{
  g_rc_box_release_full (data, residuals_clear);
}

typedef struct
{
  LimnResiduals *residuals;
  LimnGl        *gl;
  LimnDtype      dtype;
  GError        *error;
} Making;

static void
add_tensor (guint    h,
            guint    w,
            guint    c,
            gpointer data)
{
  Making *making = data;
  LimnTensor *tensor;

  if (making->error)
    return;
  tensor = limn_tensor_new (making->gl, making->dtype, making->residuals->n, h, w, c, "residual", &making->error);
  if (tensor)
    g_ptr_array_add (making->residuals->tensors, tensor);
}

LimnResiduals *
limn_residuals_new (LimnGl                *gl,
                    LimnDtype              dtype,
                    const LimnUnetConfig  *config,
                    guint                  n,
                    guint                  h,
                    guint                  w,
                    GError               **error)
{
  LimnResiduals *residuals = g_rc_box_new0 (LimnResiduals);
  Making making = { residuals, gl, dtype, NULL };

  residuals->n = n;
  residuals->h = h;
  residuals->w = w;
  residuals->tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_tensor_free);
  residuals->empty = TRUE;
  for_each_shape (config, h, w, add_tensor, &making);
  if (!making.error)
    return residuals;
  g_propagate_error (error, making.error);
  limn_residuals_unref (residuals);
  return NULL;
}

typedef struct
{
  guint64 n;
  guint64 bytes;
} Counting;

static void
count_values (guint    h,
              guint    w,
              guint    c,
              gpointer data)
{
  Counting *counting = data;

  counting->bytes += counting->n * h * w * ((c + LIMN_TEXEL - 1) / LIMN_TEXEL * LIMN_TEXEL);
}

guint64
limn_residuals_get_bytes (LimnDtype             dtype,
                          const LimnUnetConfig *config,
                          guint                 n,
                          guint                 h,
                          guint                 w)
{
  Counting counting = { n, 0 };

  for_each_shape (config, h, w, count_values, &counting);
  return counting.bytes * limn_dtype_get_bytes (dtype);
}

LimnUnetBound *
limn_unet_bound_new (LimnCrossContext *context,
                     LimnResiduals    *residuals)
{
  LimnUnetBound *bound = g_new (LimnUnetBound, 1);

  bound->context = g_rc_box_acquire (context);
  bound->residuals = residuals ? g_rc_box_acquire (residuals) : NULL;
  return bound;
}

void
limn_unet_bound_free (gpointer data)
{
  LimnUnetBound *bound = data;

  limn_cross_context_unref (bound->context);
  g_clear_pointer (&bound->residuals, limn_residuals_unref);
  g_free (bound);
}
