/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "tensor/limn-tensor.h"
#include "tensor/limn-graph-private.h"

#include "base/limn-error.h"
#include "base/limn-half.h"

#include <string.h>

gsize
limn_dtype_get_bytes (LimnDtype dtype)
{
  return dtype == LIMN_DTYPE_F16 ? 2 : 4;
}

const char *
limn_dtype_get_name (LimnDtype dtype)
{
  static const char * const names[] = { "f32", "f16", "u32" };

  return names[dtype];
}

guint64
limn_tensor_get_rows (const LimnTensor *tensor)
{
  return (guint64) tensor->n * tensor->h * tensor->w;
}

guint64
limn_tensor_get_bytes (const LimnTensor *tensor)
{
  return limn_tensor_get_rows (tensor) * tensor->pitch * limn_dtype_get_bytes (tensor->dtype);
}

guint64
limn_tensor_count_bytes (const LimnTensor *tensor)
{
  return limn_gl_buffer_count_bytes (limn_tensor_get_bytes (tensor));
}

gboolean
limn_tensor_is_declared (const LimnTensor *tensor)
{
  return !tensor->buffer && !tensor->slot;
}

/* Sizes are checked here once, so that the rest may multiply without care. */
gboolean
limn_tensor_init_shape (LimnTensor *tensor,
                        LimnDtype   dtype,
                        guint       n,
                        guint       h,
                        guint       w,
                        guint       c)
{
  guint64 values;

  tensor->dtype = dtype;
  tensor->n = n;
  tensor->h = h;
  tensor->w = w;
  tensor->c = c;
  tensor->first = 0;
  tensor->pitch = 0;
  if (n == 0 || h == 0 || w == 0 || c == 0 || c > G_MAXUINT - LIMN_TEXEL)
    return FALSE;
  tensor->pitch = dtype == LIMN_DTYPE_U32 ? c : (c + LIMN_TEXEL - 1) / LIMN_TEXEL * LIMN_TEXEL;
  /* Rows and texel numbers are 32-bit in the kernels; signed, since texelFetch takes an int. */
  return g_uint64_checked_mul (&values, (guint64) n * h, w) && values <= G_MAXINT32 &&
         g_uint64_checked_mul (&values, values, tensor->pitch) && values / LIMN_TEXEL <= G_MAXINT32;
}

LimnTensor *
limn_tensor_new (LimnGl      *gl,
                 LimnDtype    dtype,
                 guint        n,
                 guint        h,
                 guint        w,
                 guint        c,
                 const char  *label,
                 GError     **error)
{
  g_autoptr(LimnTensor) tensor = g_new0 (LimnTensor, 1);

  if (!limn_tensor_init_shape (tensor, dtype, n, h, w, c))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "%s: a tensor of %u x %u x %u x %u is not possible",
                   label, n, h, w, c);
      return NULL;
    }
  if (!gl)
    return g_steal_pointer (&tensor);
  tensor->buffer = limn_gl_buffer_new (gl, limn_tensor_get_bytes (tensor), label, error);
  if (!tensor->buffer)
    return NULL;
  tensor->owns_buffer = TRUE;
  limn_gl_buffer_clear (tensor->buffer, 0, limn_tensor_get_bytes (tensor), 0);
  return g_steal_pointer (&tensor);
}

void
limn_tensor_free (LimnTensor *tensor)
{
  if (!tensor)
    return;
  if (tensor->owns_buffer)
    limn_gl_buffer_free (tensor->buffer);
  g_free (tensor);
}

/* Place of (row, column) among the caller's values: row-major, or PyTorch's NCHW. */
static gsize
value_index (const LimnTensor *tensor,
             guint64           row,
             guint             column,
             gboolean          nchw)
{
  guint64 pixels = (guint64) tensor->h * tensor->w;

  if (!nchw)
    return row * tensor->c + column;
  return (row / pixels * tensor->c + column) * pixels + row % pixels;
}

/* Rows are converted through a staging block of about this many bytes: enough to make the call's cost small. */
#define STAGING_BYTES (1 << 20)

static guint64
staging_rows (const LimnTensor *tensor)
{
  gsize row_bytes = tensor->pitch * limn_dtype_get_bytes (tensor->dtype);

  return MIN (limn_tensor_get_rows (tensor), MAX (1, STAGING_BYTES / row_bytes));
}

/* Rows begin .. end - 1; @values holds these alone. */
static void
upload (LimnTensor  *tensor,
        guint64      begin,
        guint64      end,
        const float *values,
        gboolean     nchw)
{
  gsize row_bytes = tensor->pitch * limn_dtype_get_bytes (tensor->dtype);
  guint64 step = staging_rows (tensor);
  g_autofree guint8 *staging = g_malloc0 (step * row_bytes);

  g_return_if_fail (tensor->buffer != NULL && tensor->first == 0 && tensor->dtype != LIMN_DTYPE_U32);

  for (guint64 first = begin; first < end; first += step)
    {
      guint64 count = MIN (step, end - first);

      for (guint64 r = 0; r < count; r++)
        for (guint c = 0; c < tensor->c; c++)
          {
            float value = values[value_index (tensor, first - begin + r, c, nchw)];

            if (tensor->dtype == LIMN_DTYPE_F16)
              ((guint16 *) (staging + r * row_bytes))[c] = limn_half_from_float (value);
            else
              ((float *) (staging + r * row_bytes))[c] = value;
          }
      limn_gl_buffer_write (tensor->buffer, first * row_bytes, staging, count * row_bytes);
    }
}

void
limn_tensor_upload (LimnTensor  *tensor,
                    const float *values)
{
  upload (tensor, 0, limn_tensor_get_rows (tensor), values, FALSE);
}

void
limn_tensor_upload_rows (LimnTensor  *tensor,
                         guint64      first,
                         guint64      rows,
                         const float *values)
{
  g_return_if_fail (first <= limn_tensor_get_rows (tensor) && rows <= limn_tensor_get_rows (tensor) - first);

  upload (tensor, first, first + rows, values, FALSE);
}

void
limn_tensor_upload_nchw (LimnTensor  *tensor,
                         const float *values)
{
  upload (tensor, 0, limn_tensor_get_rows (tensor), values, TRUE);
}

void
limn_tensor_upload_u32 (LimnTensor    *tensor,
                        const guint32 *values)
{
  g_return_if_fail (tensor->buffer != NULL && tensor->dtype == LIMN_DTYPE_U32);

  limn_gl_buffer_write (tensor->buffer, 0, values, limn_tensor_get_bytes (tensor));
}

/* Reads @tensor from @buffer, its first row at @offset; shared with graphs, whose buffer is an arena's. */
gboolean
limn_tensor_download_from (const LimnTensor  *tensor,
                           LimnGlBuffer      *buffer,
                           gsize              offset,
                           gboolean           nchw,
                           float             *values,
                           GError           **error)
{
  gsize value_bytes = limn_dtype_get_bytes (tensor->dtype);
  gsize row_bytes = tensor->pitch * value_bytes;
  guint64 rows = limn_tensor_get_rows (tensor);
  guint64 step = staging_rows (tensor);
  g_autofree guint8 *staging = g_malloc (step * row_bytes);

  g_return_val_if_fail (tensor->dtype != LIMN_DTYPE_U32, FALSE);

  for (guint64 first = 0; first < rows; first += step)
    {
      guint64 count = MIN (step, rows - first);

      if (!limn_gl_buffer_read (buffer, offset + first * row_bytes, staging, count * row_bytes, error))
        return FALSE;
      for (guint64 r = 0; r < count; r++)
        for (guint c = 0; c < tensor->c; c++)
          {
            const guint8 *at = staging + r * row_bytes + (tensor->first + c) * value_bytes;

            values[value_index (tensor, first + r, c, nchw)] =
              tensor->dtype == LIMN_DTYPE_F16 ? limn_half_to_float (*(const guint16 *) at) : *(const float *) at;
          }
    }
  return TRUE;
}

gboolean
limn_tensor_download (const LimnTensor  *tensor,
                      float             *values,
                      GError           **error)
{
  g_return_val_if_fail (tensor->buffer != NULL, FALSE);

  return limn_tensor_download_from (tensor, tensor->buffer, 0, FALSE, values, error);
}

gboolean
limn_tensor_download_nchw (const LimnTensor  *tensor,
                           float             *values,
                           GError           **error)
{
  g_return_val_if_fail (tensor->buffer != NULL, FALSE);

  return limn_tensor_download_from (tensor, tensor->buffer, 0, TRUE, values, error);
}

gboolean
limn_tensor_download_u32 (const LimnTensor  *tensor,
                          guint32           *values,
                          GError           **error)
{
  g_return_val_if_fail (tensor->buffer != NULL && tensor->dtype == LIMN_DTYPE_U32, FALSE);

  return limn_gl_buffer_read (tensor->buffer, 0, values, limn_tensor_get_bytes (tensor), error);
}
