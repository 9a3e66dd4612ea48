/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-loader.h"

#include "base/limn-error.h"

#include <math.h>
#include <stdarg.h>

/* Floats in memory at a time while a matrix is read. */
#define CHUNK_BYTES (16 << 20)

void
limn_loader_init (LimnLoader      *loader,
                  LimnGl          *gl,
                  LimnCheckpoint  *file,
                  const char      *name,
                  LimnDtype        dtype,
                  GCancellable    *cancellable)
{
  *loader = (LimnLoader) {
    .gl = gl,
    .file = file,
    .name = name,
    .dtype = dtype,
    .cancellable = cancellable,
    .used = g_hash_table_new (NULL, NULL),
  };
}

void
limn_loader_clear (LimnLoader *loader)
{
  g_clear_pointer (&loader->used, g_hash_table_unref);
}

void
limn_matrix_clear (LimnMatrix *matrix)
{
  g_clear_pointer (&matrix->weights, limn_weights_free);
  g_clear_pointer (&matrix->bias, limn_tensor_free);
}

void
limn_norm_clear (LimnNorm *norm)
{
  g_clear_pointer (&norm->gamma, limn_tensor_free);
  g_clear_pointer (&norm->beta, limn_tensor_free);
}

gboolean
limn_loader_has (const LimnLoader *loader,
                 const char       *name)
{
  g_auto(LimnPlace) place = { NULL };

  return loader->file && limn_names_find (loader->names, name, &place) && limn_checkpoint_lookup (loader->file, place.name) != NULL;
}

gboolean
limn_loader_has_used (const LimnLoader            *loader,
                      const LimnSafetensorsTensor *tensor)
{
  return g_hash_table_contains (loader->used, tensor);
}

static void
append_shape (GString       *text,
              const guint64 *dims,
              guint          n_dims)
{
  g_string_append_c (text, '[');
  for (guint i = 0; i < n_dims; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i ? ", " : "", dims[i]);
  g_string_append_c (text, ']');
}

/* A tensor that was asked for, as it lies in the file: its values in order from @first on, or as a matrix whose rows and columns have
 * changed places. */
typedef struct
{
  const LimnSafetensorsTensor *tensor;
  guint64                      first;
  gboolean                     transposed;
} Piece;

static gboolean
fits (const LimnSafetensorsTensor *tensor,
      const LimnPlace             *place,
      const guint64               *dims,
      guint                        n_dims,
      guint                        min_dims)
{
  if (tensor->n_dims < min_dims || tensor->n_dims > n_dims)
    return FALSE;
  if (place->transposed)
    return tensor->n_dims == 2 && tensor->dims[0] == dims[1] && tensor->dims[1] == dims[0];
  for (guint i = 0; i < tensor->n_dims; i++)
    if (tensor->dims[i] != (i == 0 ? dims[0] * place->n_parts : dims[i]))
      return FALSE;
  for (guint i = tensor->n_dims; i < n_dims; i++)
    if (dims[i] != 1)
      return FALSE;
  return TRUE;
}

/* The shape that a tensor at @place must have, as it stands in errors. */
static char *
describe_wanted (const LimnPlace *place,
                 const guint64   *dims,
                 guint            n_dims)
{
  g_autofree guint64 *wanted = g_memdup2 (dims, n_dims * sizeof *dims);
  GString *text = g_string_new (NULL);

  if (place->transposed)
    {
      wanted[0] = dims[1];
      wanted[1] = dims[0];
      n_dims = 2;
    }
  else
    wanted[0] *= place->n_parts;
  append_shape (text, wanted, n_dims);
  return g_string_free (text, FALSE);
}

/* The tensor @name, which must be @dims; ones at the end of @dims beyond @min_dims may be left out in the file. */
static gboolean
find (LimnLoader     *loader,
      const char     *name,
      const guint64  *dims,
      guint           n_dims,
      guint           min_dims,
      Piece          *piece,
      GError        **error)
{
  g_auto(LimnPlace) place = { NULL };
  const LimnSafetensorsTensor *tensor;
  g_autofree char *wanted = NULL;
  guint64 n_elements = 1;

  *piece = (Piece) { NULL };
  if (!loader->file)
    return TRUE;
  if (!limn_names_find (loader->names, name, &place))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: this kind of file has no place for “%s”", loader->name, name);
      return FALSE;
    }
  tensor = limn_checkpoint_lookup (loader->file, place.name);
  if (!tensor)
    {
      wanted = describe_wanted (&place, dims, n_dims);
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                   "“%s” does not fit the model's configuration: tensor “%s” %s is missing", loader->name, place.name, wanted);
      return FALSE;
    }
  if (!fits (tensor, &place, dims, n_dims, min_dims))
    {
      g_autoptr(GString) text = g_string_new (NULL);

      append_shape (text, tensor->dims, tensor->n_dims);
      wanted = describe_wanted (&place, dims, n_dims);
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                   "“%s” does not fit the model's configuration: tensor “%s” is %s, wanted is %s", loader->name, place.name, text->str,
                   wanted);
      return FALSE;
    }
  switch (tensor->dtype)
    {
    case LIMN_SAFETENSORS_F32:
    case LIMN_SAFETENSORS_F16:
    case LIMN_SAFETENSORS_BF16:
    case LIMN_SAFETENSORS_F64:
      break;
    case LIMN_SAFETENSORS_OTHER:
    case LIMN_SAFETENSORS_I64:
    case LIMN_SAFETENSORS_I32:
    case LIMN_SAFETENSORS_I16:
    case LIMN_SAFETENSORS_I8:
    case LIMN_SAFETENSORS_U8:
    case LIMN_SAFETENSORS_BOOL:
    default:
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "“%s”: tensor “%s” is of type %s, wanted is F32, F16 or BF16", loader->name, place.name,
                   tensor->dtype_name);
      return FALSE;
    }
  for (guint i = 0; i < n_dims; i++)
    n_elements *= dims[i];
  *piece = (Piece) { tensor, place.part * n_elements, place.transposed };
  g_hash_table_add (loader->used, (gpointer) tensor);
  return TRUE;
}

/* @mean, @spread: of made-up values, mean - spread..mean + spread; the same ones every time. */
static gboolean
read_values (LimnLoader   *loader,
             const Piece  *piece,
             guint64       first,
             gsize         n,
             float         mean,
             float         spread,
             float        *values,
             GError      **error)
{
  guint32 state = first;

  if (loader->file)
    return limn_checkpoint_read_f32 (loader->file, piece->tensor, piece->first + first, n, values, error);
  for (gsize i = 0; i < n; i++)
    {
      state = state * 1664525u + 1013904223u; /* Numerical Recipes, "quick and dirty" */
      values[i] = mean + ((float) (state >> 8) * 0x1p-23f - 1.0f) * spread;
    }
  return TRUE;
}

/* Somebody wants to know how far it is, or to do something in between. */
static void
tell (LimnLoader *loader)
{
  if (loader->func)
    loader->func (loader, loader->func_data);
}

/* F32 [c] from one tensor or several one after the other: biases and norms. */
static gboolean
load_vector (LimnLoader            *loader,
             LimnTensor           **vector,
             const LimnMatrixPart  *parts,
             guint                  n_parts,
             const char            *suffix,
             GError               **error)
{
  g_autofree float *values = NULL;
  guint c = 0, first = 0;

  for (guint i = 0; i < n_parts; i++)
    c += parts[i].n;
  values = g_new (float, c);
  for (guint i = 0; i < n_parts; i++)
    {
      g_autofree char *name = g_strconcat (parts[i].name, suffix, NULL);
      guint64 dims[1] = { parts[i].n };
      Piece piece;

      if (!find (loader, name, dims, 1, 1, &piece, error)
          || (loader->gl && !read_values (loader, &piece, 0, parts[i].n, g_str_equal (suffix, ".weight"), 0, values + first, error)))
        return FALSE;
      first += parts[i].n;
    }
  *vector = limn_tensor_new (loader->gl, LIMN_DTYPE_F32, 1, 1, 1, c, parts[0].name, error);
  if (!*vector)
    return FALSE;
  loader->bytes += limn_tensor_count_bytes (*vector);
  if (loader->gl)
    limn_tensor_upload (*vector, values);
  return TRUE;
}

/* Rows first .. first + count - 1 of a matrix of @row_values columns that stands in the file as columns. */
static gboolean
read_columns (LimnLoader   *loader,
              const Piece  *piece,
              guint         row_values,
              guint         first,
              guint         count,
              float        *values,
              GError      **error)
{
  guint64 n = piece->tensor->dims[1];
  g_autofree float *column = g_new (float, count);

  for (guint k = 0; k < row_values; k++)
    {
      if (!limn_checkpoint_read_f32 (loader->file, piece->tensor, k * n + first, count, column, error))
        return FALSE;
      for (guint i = 0; i < count; i++)
        values[(gsize) i * row_values + k] = column[i];
    }
  return TRUE;
}

/* Rows first .. first + count - 1 of the stacked parts. */
static gboolean
read_rows (LimnLoader            *loader,
           const LimnMatrixPart  *parts,
           const Piece           *pieces,
           guint                  row_values,
           guint                  first,
           guint                  count,
           float                 *values,
           GError               **error)
{
  for (guint i = 0; count > 0; i++)
    {
      guint n;

      if (first >= parts[i].n)
        {
          first -= parts[i].n;
          continue;
        }
      n = MIN (count, parts[i].n - first);
      if (pieces[i].transposed ? !read_columns (loader, &pieces[i], row_values, first, n, values, error)
                               : !read_values (loader, &pieces[i], (guint64) first * row_values, (gsize) n * row_values, 0,
                                               sqrtf (3.0f / row_values), values, error))
        return FALSE;
      if (loader->patches
          && !limn_lora_set_apply (loader->patches, loader->network, parts[i].name, row_values, first, n, values, loader->cancellable, error))
        return FALSE;
      values += (gsize) n * row_values;
      count -= n;
      first = 0;
    }
  return TRUE;
}

/* @pieces: (out): of @parts */
static gboolean
find_parts (LimnLoader            *loader,
            const LimnMatrixPart  *parts,
            guint                  n_parts,
            guint                  taps,
            guint                  k,
            Piece                 *pieces,
            GError               **error)
{
  for (guint i = 0; i < n_parts; i++)
    {
      g_autofree char *name = g_strconcat (parts[i].name, ".weight", NULL);
      guint side = taps == 9 ? 3 : 1;
      guint64 dims[4] = { parts[i].n, k, side, side };

      if (!find (loader, name, dims, 4, taps == 9 ? 4 : 2, &pieces[i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
upload_matrix (LimnLoader            *loader,
               LimnWeights           *weights,
               const LimnMatrixPart  *parts,
               const Piece           *pieces,
               GError               **error)
{
  guint row_values = weights->k * weights->taps, n = weights->n;
  guint step = CHUNK_BYTES / sizeof (float) / row_values / LIMN_PANEL * LIMN_PANEL;
  g_autofree float *values = NULL;

  step = MIN (MAX (step, LIMN_PANEL), n);
  values = g_new (float, (gsize) step * row_values);
  for (guint first = 0; first < n; first += step)
    {
      guint count = MIN (step, n - first);

      if (g_cancellable_set_error_if_cancelled (loader->cancellable, error)
          || !read_rows (loader, parts, pieces, row_values, first, count, values, error))
        return FALSE;
      limn_weights_upload (weights, first, count, values);
      loader->bytes += loader->reloaded ? 0 : limn_weights_get_bytes (weights) / n * count;
      tell (loader);
    }
  return TRUE;
}

static void
record_free (gpointer data)
{
  LimnLoaderRecord *record = data;

  g_strfreev (record->names);
  g_free (record->rows);
  g_free (record->patched);
  g_free (record);
}

GPtrArray *
limn_loader_new_records (void)
{
  return g_ptr_array_new_with_free_func (record_free);
}

static char *
dup_patched (const LimnLoader       *loader,
             const LimnLoaderRecord *record)
{
  return loader->patches ? limn_lora_set_dup_key (loader->patches, loader->network, (const char *const *) record->names, record->n_parts) : NULL;
}

static void
add_record (LimnLoader           *loader,
            LimnWeights          *weights,
            guint                 taps,
            guint                 k,
            const LimnMatrixPart *parts,
            guint                 n_parts)
{
  LimnLoaderRecord *record;

  if (!loader->records)
    return;
  record = g_new0 (LimnLoaderRecord, 1);
  record->weights = weights;
  record->names = g_new0 (char *, n_parts + 1);
  record->rows = g_new (guint, n_parts);
  record->n_parts = n_parts;
  record->k = k;
  record->taps = taps;
  for (guint i = 0; i < n_parts; i++)
    {
      record->names[i] = g_strdup (parts[i].name);
      record->rows[i] = parts[i].n;
    }
  record->patched = dup_patched (loader, record);
  g_ptr_array_add (loader->records, record);
}

gboolean
limn_loader_reload (LimnLoader        *loader,
                    LimnLoaderRecord  *record,
                    GError           **error)
{
  g_autofree LimnMatrixPart *parts = g_new (LimnMatrixPart, record->n_parts);
  g_autofree Piece *pieces = g_new (Piece, record->n_parts);

  for (guint i = 0; i < record->n_parts; i++)
    parts[i] = (LimnMatrixPart) { record->names[i], record->rows[i] };
  loader->reloaded = TRUE;
  g_free (record->patched);
  record->patched = g_strdup ("?");
  if (!find_parts (loader, parts, record->n_parts, record->taps, record->k, pieces, error)
      || !upload_matrix (loader, record->weights, parts, pieces, error) || !limn_weights_refresh (record->weights, error))
    return FALSE;
  g_free (record->patched);
  record->patched = dup_patched (loader, record);
  return TRUE;
}

static gboolean
load_matrix (LimnLoader            *loader,
             LimnMatrix            *matrix,
             LimnDtype              dtype,
             guint                  taps,
             guint                  k,
             const LimnMatrixPart  *parts,
             guint                  n_parts,
             gboolean               bias,
             GError               **error)
{
  g_autofree Piece *pieces = g_new (Piece, n_parts);
  guint64 before;
  guint n = 0;

  if (!find_parts (loader, parts, n_parts, taps, k, pieces, error)
      || (bias && !load_vector (loader, &matrix->bias, parts, n_parts, ".bias", error)))
    return FALSE;
  for (guint i = 0; i < n_parts; i++)
    n += parts[i].n;
  matrix->weights = limn_weights_new (loader->gl, dtype, n, k, taps, parts[0].name, error);
  if (!matrix->weights)
    return FALSE;
  before = loader->bytes;
  if (loader->gl && !upload_matrix (loader, matrix->weights, parts, pieces, error))
    return FALSE;
  loader->bytes = before + limn_weights_get_bytes (matrix->weights);
  add_record (loader, matrix->weights, taps, k, parts, n_parts);
  return TRUE;
}

gboolean
limn_loader_matrix (LimnLoader            *loader,
                    LimnMatrix            *matrix,
                    guint                  taps,
                    guint                  k,
                    const LimnMatrixPart  *parts,
                    guint                  n_parts,
                    gboolean               bias,
                    GError               **error)
{
  return load_matrix (loader, matrix, loader->dtype, taps, k, parts, n_parts, bias, error);
}

gboolean
limn_loader_layer (LimnLoader  *loader,
                   LimnMatrix  *matrix,
                   guint        taps,
                   guint        n,
                   guint        k,
                   GError     **error,
                   const char  *format,
                   ...)
{
  g_autofree char *name = NULL;
  LimnMatrixPart part = { NULL, n };
  va_list args;

  va_start (args, format);
  part.name = name = g_strdup_vprintf (format, args);
  va_end (args);
  return load_matrix (loader, matrix, loader->dtype, taps, k, &part, 1, TRUE, error);
}

gboolean
limn_loader_layer_f32 (LimnLoader  *loader,
                       LimnMatrix  *matrix,
                       guint        taps,
                       guint        n,
                       guint        k,
                       GError     **error,
                       const char  *format,
                       ...)
{
  g_autofree char *name = NULL;
  LimnMatrixPart part = { NULL, n };
  va_list args;

  va_start (args, format);
  part.name = name = g_strdup_vprintf (format, args);
  va_end (args);
  return load_matrix (loader, matrix, LIMN_DTYPE_F32, taps, k, &part, 1, TRUE, error);
}

gboolean
limn_loader_norm (LimnLoader  *loader,
                  LimnNorm    *norm,
                  guint        c,
                  guint        groups,
                  float        eps,
                  GError     **error,
                  const char  *format,
                  ...)
{
  g_autofree char *name = NULL;
  LimnMatrixPart part = { NULL, c };
  va_list args;

  va_start (args, format);
  part.name = name = g_strdup_vprintf (format, args);
  va_end (args);
  norm->groups = groups;
  norm->eps = eps;
  if (groups > 0 && c % groups != 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                   "The model's configuration contradicts itself: %u groups do not divide the %u channels of “%s”",
                   groups, c, name);
      return FALSE;
    }
  return load_vector (loader, &norm->gamma, &part, 1, ".weight", error)
         && load_vector (loader, &norm->beta, &part, 1, ".bias", error);
}

gboolean
limn_loader_read (LimnLoader  *loader,
                  const char  *name,
                  guint        rows,
                  guint        columns,
                  float       *values,
                  GError     **error)
{
  guint64 dims[2] = { rows, columns };
  Piece piece;

  if (!find (loader, name, dims, 2, 2, &piece, error))
    return FALSE;
  g_assert (!piece.transposed);
  return read_values (loader, &piece, 0, (gsize) rows * columns, 0, sqrtf (3.0f / columns), values, error);
}

gboolean
limn_loader_table (LimnLoader  *loader,
                   LimnTensor **table,
                   const char  *name,
                   guint        rows,
                   guint        spare,
                   guint        c,
                   GError     **error)
{
  guint64 dims[2] = { rows, c };
  g_autofree float *values = NULL;
  guint step;
  Piece piece;

  if (!find (loader, name, dims, 2, 2, &piece, error))
    return FALSE;
  *table = limn_tensor_new (loader->gl, loader->dtype, rows + spare, 1, 1, c, name, error);
  if (!*table)
    return FALSE;
  loader->bytes += limn_tensor_count_bytes (*table);
  if (!loader->gl)
    return TRUE;
  step = CLAMP (CHUNK_BYTES / sizeof (float) / c, 1, rows);
  values = g_new (float, (gsize) step * c);
  for (guint first = 0; first < rows; first += step)
    {
      guint count = MIN (step, rows - first);

      if (g_cancellable_set_error_if_cancelled (loader->cancellable, error)
          || !read_values (loader, &piece, (guint64) first * c, (gsize) count * c, 0, 1, values, error))
        return FALSE;
      limn_tensor_upload_rows (*table, first, count, values);
      tell (loader);
    }
  return TRUE;
}
