/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "formats/limn-tensor-values.h"

#include "base/limn-error.h"
#include "base/limn-half.h"

#include <string.h>

static gboolean G_GNUC_PRINTF (4, 5)
fail (const char     *name,
      LimnErrorCode   code,
      GError        **error,
      const char     *format,
      ...)
{
  va_list args;
  g_autofree char *what = NULL;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LIMN_ERROR, code, "“%s” cannot be read: %s", name, what);
  return FALSE;
}

/* One value of the dtype from unaligned little-endian bytes. */
static double
double_at (LimnSafetensorsDtype  dtype,
           const guint8         *from)
{
  guint64 u64;
  guint32 u32;
  guint16 u16;
  double d;
  float f;

  switch (dtype)
    {
    case LIMN_SAFETENSORS_F64:
      memcpy (&u64, from, 8);
      u64 = GUINT64_FROM_LE (u64);
      memcpy (&d, &u64, 8);
      return d;
    case LIMN_SAFETENSORS_F32:
      memcpy (&u32, from, 4);
      u32 = GUINT32_FROM_LE (u32);
      memcpy (&f, &u32, 4);
      return f;
    case LIMN_SAFETENSORS_F16:
    case LIMN_SAFETENSORS_BF16:
      memcpy (&u16, from, 2);
      u16 = GUINT16_FROM_LE (u16);
      return dtype == LIMN_SAFETENSORS_F16 ? limn_half_to_float (u16) : limn_bf16_to_float (u16);
    default:
      g_assert_not_reached ();
    }
}

static gint64
int_at (LimnSafetensorsDtype  dtype,
        const guint8         *from)
{
  guint64 u64;
  guint32 u32;
  guint16 u16;

  switch (dtype)
    {
    case LIMN_SAFETENSORS_I64:
      memcpy (&u64, from, 8);
      return (gint64) GUINT64_FROM_LE (u64);
    case LIMN_SAFETENSORS_I32:
      memcpy (&u32, from, 4);
      return (gint32) GUINT32_FROM_LE (u32);
    case LIMN_SAFETENSORS_I16:
      memcpy (&u16, from, 2);
      return (gint16) GUINT16_FROM_LE (u16);
    case LIMN_SAFETENSORS_I8:
      return (gint8) *from;
    case LIMN_SAFETENSORS_U8:
      return *from;
    case LIMN_SAFETENSORS_BOOL:
      return *from != 0;
    default:
      g_assert_not_reached ();
    }
}

static gboolean
is_float (LimnSafetensorsDtype dtype)
{
  return dtype == LIMN_SAFETENSORS_F64 || dtype == LIMN_SAFETENSORS_F32 || dtype == LIMN_SAFETENSORS_F16
         || dtype == LIMN_SAFETENSORS_BF16;
}

gboolean
limn_tensor_values_read (LimnTensorRead                read,
                         gconstpointer                 file,
                         const char                   *name,
                         const LimnSafetensorsTensor  *tensor,
                         guint64                       first,
                         gsize                         n,
                         gsize                         chunk_bytes,
                         LimnTensorTarget              target,
                         void                         *values,
                         GError                      **error)
{
  gsize size = limn_safetensors_dtype_get_size (tensor->dtype);
  gboolean floats = is_float (tensor->dtype);
  g_autofree guint8 *chunk = NULL;

  g_return_val_if_fail (values != NULL || n == 0, FALSE);
  g_return_val_if_fail (chunk_bytes >= 8, FALSE);

  if (tensor->dtype != LIMN_SAFETENSORS_OTHER && ((target == LIMN_TENSOR_F32 && !floats) || (target == LIMN_TENSOR_I64 && floats)))
    return fail (name, LIMN_ERROR_UNSUPPORTED, error, "tensor “%s” holds %s, but %s are needed here", tensor->name,
                 tensor->dtype_name, target == LIMN_TENSOR_F32 ? "floating-point numbers" : "whole numbers");
  if (tensor->dtype != LIMN_SAFETENSORS_OTHER && (first > tensor->n_elements || n > tensor->n_elements - first))
    return fail (name, LIMN_ERROR_INVALID, error, "tensor “%s” has %" G_GUINT64_FORMAT " elements; %" G_GSIZE_FORMAT
                 " were asked for from element %" G_GUINT64_FORMAT, tensor->name, tensor->n_elements, n, first);
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  if ((target == LIMN_TENSOR_F32 && tensor->dtype == LIMN_SAFETENSORS_F32)
      || (target == LIMN_TENSOR_F64 && tensor->dtype == LIMN_SAFETENSORS_F64))
    return read (file, tensor, first * size, n * size, values, error);
#endif

  chunk_bytes = MIN (chunk_bytes, MAX (n * size, 8));
  chunk = g_malloc (chunk_bytes);
  do
    {
      gsize now = size > 0 ? MIN (n, chunk_bytes / size) : 0;

      if (!read (file, tensor, first * size, now * size, chunk, error))
        return FALSE;
      for (gsize i = 0; i < now; i++)
        {
          const guint8 *from = chunk + i * size;

          if (target == LIMN_TENSOR_F32)
            ((float *) values)[i] = double_at (tensor->dtype, from);
          else if (target == LIMN_TENSOR_F64)
            ((double *) values)[i] = floats ? double_at (tensor->dtype, from) : (double) int_at (tensor->dtype, from);
          else
            ((gint64 *) values)[i] = int_at (tensor->dtype, from);
        }
      values = (guint8 *) values + now * (target == LIMN_TENSOR_F32 ? sizeof (float) : 8);
      first += now;
      n -= now;
    }
  while (n > 0 && size > 0);
  return TRUE;
}
