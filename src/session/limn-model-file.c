/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a look found is noted as a GVariant's text, which is written and read back safely; a note that cannot be read is a look that has not been. */
#include "config.h"

#include "session/limn-model-file.h"

#include "base/limn-error.h"
#include "formats/limn-checkpoint.h"
#include "model/limn-detect.h"
#include "model/limn-lora.h"
#include "model/limn-model.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Read at a time while a file is hashed: long enough for a disk, and short enough for somebody who presses Paint (4 ms). */
#define HASH_BYTES (1u << 20)
/* Files in a model's folder, or in one of its parts, that are looked at. */
#define MAX_FOLDER_FILES 500
/* Between two looks at whether others are done. */
#define BUSY_US (50 * G_TIME_SPAN_MILLISECOND)

/* Kind, family, dtype, problem, unproven, bytes, name of the weights in a folder. */
#define NOTE_TYPE "(usssbts)"
/* Whatever changes what is found: the next number, so that notes of before are not believed. */
#define NOTE_VERSION "3 "

static void
clear (gpointer data)
{
  LimnModelFile *file = data;

  g_free (file->path);
  g_free (file->name);
  g_free (file->below);
  g_free (file->family);
  g_free (file->dtype);
  g_free (file->problem);
  g_free (file->weights);
  g_free (file->hash);
}

LimnModelFile *
limn_model_file_ref (LimnModelFile *file)
{
  return g_atomic_rc_box_acquire (file);
}

void
limn_model_file_unref (LimnModelFile *file)
{
  if (file)
    g_atomic_rc_box_release_full (file, clear);
}

LimnModelFile *
limn_model_file_with_hash (const LimnModelFile *file, const char *hash)
{
  LimnModelFile *copy = g_atomic_rc_box_new0 (LimnModelFile);

  *copy = *file;
  copy->path = g_strdup (file->path);
  copy->name = g_strdup (file->name);
  copy->below = g_strdup (file->below);
  copy->family = g_strdup (file->family);
  copy->dtype = g_strdup (file->dtype);
  copy->problem = g_strdup (file->problem);
  copy->weights = g_strdup (file->weights);
  copy->hash = g_strdup (hash);
  return copy;
}

gboolean
limn_model_file_suits (const LimnModelFile *file, const char *family)
{
  return !file->family || !family || limn_family_names_fit (file->family, family);
}

gboolean
limn_model_file_equal (const LimnModelFile *a, const LimnModelFile *b)
{
  return a->kind == b->kind && a->unproven == b->unproven && a->missing == b->missing && a->bytes == b->bytes &&
         a->stamp.mtime_ns == b->stamp.mtime_ns && a->stamp.size == b->stamp.size && g_str_equal (a->path, b->path) &&
         g_strcmp0 (a->below, b->below) == 0 && g_strcmp0 (a->family, b->family) == 0 && g_strcmp0 (a->dtype, b->dtype) == 0 &&
         g_strcmp0 (a->problem, b->problem) == 0 && g_strcmp0 (a->weights, b->weights) == 0 && g_strcmp0 (a->hash, b->hash) == 0;
}

/* --- Notes --- */

/* @inner: of a folder: where its weights lie in it; else "" */
static char *
write_note (const LimnModelFile *file, const char *inner)
{
  g_autoptr(GVariant) value =
    g_variant_ref_sink (g_variant_new (NOTE_TYPE, (guint32) file->kind, file->family ? file->family : "", file->dtype ? file->dtype : "",
                                       file->problem ? file->problem : "", file->unproven, file->bytes, inner));
  g_autofree char *text = g_variant_print (value, FALSE);

  return g_strconcat (NOTE_VERSION, text, NULL);
}

static char *
dup_said (const char *text)
{
  return *text ? g_strdup (text) : NULL;
}

static gboolean
read_note (LimnModelFile *file, const char *note, char **inner)
{
  g_autoptr(GVariant) value = NULL;
  const char *family, *dtype, *problem, *place;
  gboolean unproven;
  guint32 kind;
  guint64 bytes;

  if (!g_str_has_prefix (note, NOTE_VERSION))
    return FALSE;
  value = g_variant_parse (G_VARIANT_TYPE (NOTE_TYPE), note + strlen (NOTE_VERSION), NULL, NULL, NULL);
  if (!value)
    return FALSE;
  g_variant_get (value, "(u&s&s&sbt&s)", &kind, &family, &dtype, &problem, &unproven, &bytes, &place);
  if (kind > LIMN_RESOURCE_N_KINDS)
    return FALSE;
  file->kind = kind;
  file->family = dup_said (family);
  file->dtype = dup_said (dtype);
  file->problem = dup_said (problem);
  file->unproven = unproven;
  file->bytes = bytes;
  *inner = g_strdup (place);
  return TRUE;
}

/* --- Looking --- */

static char *
name_dtype (const LimnSafetensorsTensor *tensor)
{
  switch (tensor->dtype)
    {
    case LIMN_SAFETENSORS_F64:
      return g_strdup ("float64");
    case LIMN_SAFETENSORS_F32:
      return g_strdup ("float32");
    case LIMN_SAFETENSORS_F16:
      return g_strdup ("float16");
    case LIMN_SAFETENSORS_BF16:
      return g_strdup ("bfloat16");
    default:
      return g_strdup (tensor->dtype_name);
    }
}

/* Of most of the bytes: text encoders and norms may have others. */
static char *
dup_dtype (const LimnCheckpoint *checkpoint)
{
  guint64 bytes[LIMN_SAFETENSORS_BOOL + 1] = { 0 };
  const LimnSafetensorsTensor *best = NULL;

  for (guint i = 0; i < limn_checkpoint_get_n (checkpoint); i++)
    {
      const LimnSafetensorsTensor *tensor = limn_checkpoint_get_nth (checkpoint, i);

      bytes[tensor->dtype] += tensor->n_bytes;
      if (tensor->n_bytes > 0 && (!best || bytes[tensor->dtype] > bytes[best->dtype]))
        best = tensor;
    }
  return best ? name_dtype (best) : NULL;
}

/* What will not be otherwise the next time. */
static gboolean
is_lasting (const GError *error)
{
  return g_error_matches (error, LIMN_ERROR, LIMN_ERROR_FORMAT) || g_error_matches (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
}

static void
take_problem (LimnModelFile *file, const GError *error)
{
  file->problem = g_utf8_make_valid (error->message, -1);
}

static gboolean
take_model (LimnModelFile *file, char **inner, GError **error)
{
  const LimnModelOptions options = { .without_tokenizer = TRUE };
  g_autoptr(LimnModel) model = limn_model_open_with (file->path, &options, error);
  g_autoptr(LimnModelWeights) weights = NULL;
  const LimnModelFacts *facts;

  weights = model ? limn_model_open_part (model, LIMN_MODEL_UNET, error) : NULL;
  if (!weights)
    return FALSE;
  facts = limn_model_get_facts (model);
  file->kind = LIMN_RESOURCE_MODEL;
  file->family = g_strdup (facts->family->name);
  file->unproven = facts->unproven;
  *inner = g_strdup (facts->layout == LIMN_LAYOUT_SINGLE ? "" : limn_model_get_weight_files (model)[0]);
  file->bytes = limn_model_get_file_bytes (model);
  file->dtype = dup_dtype (limn_model_weights_get_file (weights));
  return TRUE;
}

static LimnResourceKind
get_kind (LimnDetectedKind kind)
{
  switch (kind)
    {
    case LIMN_DETECT_MODEL:
      return LIMN_RESOURCE_MODEL;
    case LIMN_DETECT_VAE:
      return LIMN_RESOURCE_VAE;
    case LIMN_DETECT_LORA:
      return LIMN_RESOURCE_LORA;
    case LIMN_DETECT_CONTROL:
      return LIMN_RESOURCE_CONTROL;
    case LIMN_DETECT_EMBEDDING:
      return LIMN_RESOURCE_EMBEDDING;
    case LIMN_DETECT_TAESD:
      return LIMN_RESOURCE_TAESD;
    default:
      return LIMN_RESOURCE_N_KINDS;
    }
}

/* Whether it holds together, and which models it was trained with. */
static gboolean
take_lora (LimnModelFile *file, GError **error)
{
  g_autoptr(LimnLora) lora = limn_lora_open (file->path, error);
  const LimnFamily *family;

  if (!lora)
    return FALSE;
  family = limn_family_find_context (limn_lora_get_context_width (lora));
  file->family = family ? g_strdup (family->name) : NULL;
  return TRUE;
}

static gboolean
take_file (LimnModelFile *file, char **inner, GError **error)
{
  g_autoptr(LimnCheckpoint) checkpoint = limn_checkpoint_open (file->path, error);
  LimnDetected found;

  if (!checkpoint)
    return FALSE;
  limn_detect_file (checkpoint, &found);
  if (found.kind == LIMN_DETECT_MODEL && !found.refused)
    return take_model (file, inner, error);
  *inner = g_strdup ("");
  file->bytes = limn_checkpoint_get_data_bytes (checkpoint);
  file->dtype = dup_dtype (checkpoint);
  file->kind = get_kind (found.kind);
  file->family = found.family ? g_strdup (found.family->name) : NULL;
  if (found.refused)
    limn_detect_set_error (checkpoint, &found, limn_resource_kind_get_words (MIN (file->kind, LIMN_RESOURCE_TAESD)), error);
  else if (file->kind == LIMN_RESOURCE_LORA)
    return take_lora (file, error);
  return !found.refused;
}

/* Of all that a folder's model may be made of: who puts other weights into it changes this. */
static gboolean
stamp_folder (const char *folder, guint depth, LimnFileStamp *stamp)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  if (!dir)
    return FALSE;
  for (guint n = 0; n < MAX_FOLDER_FILES && (name = g_dir_read_name (dir)) != NULL; n++)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      LimnFileStamp one;

      if (*name == '.')
        continue;
      if (depth > 0 && g_file_test (path, G_FILE_TEST_IS_DIR))
        stamp_folder (path, depth - 1, stamp);
      else if (limn_file_stamp_read (path, &one))
        {
          stamp->mtime_ns = MAX (stamp->mtime_ns, one.mtime_ns);
          stamp->size += one.size;
        }
    }
  return TRUE;
}

/* The weights, and their hash where they are those that were hashed. */
static void
find_weights (LimnModelFile *file, LimnFileNotes *notes, const char *inner)
{
  g_autofree char *about = NULL;

  file->weights = *inner ? g_build_filename (file->path, inner, NULL) : g_strdup (file->path);
  if (!limn_file_stamp_read (file->weights, &file->stamp))
    g_clear_pointer (&file->weights, g_free);
  else if (notes)
    limn_file_notes_get (notes, file->weights, &file->stamp, &about, &file->hash);
}

static void
look (LimnModelFile *file, LimnFileNotes *notes, gboolean is_folder)
{
  LimnFileStamp stamp = { 0 };
  g_autoptr(GError) error = NULL;
  g_autofree char *about = NULL;
  g_autofree char *hash = NULL;
  g_autofree char *inner = NULL;

  if (!(is_folder ? stamp_folder (file->path, 1, &stamp) : limn_file_stamp_read (file->path, &stamp)))
    {
      file->problem = g_strdup (g_strerror (errno));
      return;
    }
  if (notes)
    limn_file_notes_get (notes, file->path, &stamp, &about, &hash);
  if (!about || !read_note (file, about, &inner))
    {
      if (!(is_folder ? take_model (file, &inner, &error) : take_file (file, &inner, &error)))
        take_problem (file, error);
      if (notes && (!error || is_lasting (error)))
        {
          g_autofree char *note = write_note (file, inner ? inner : "");

          limn_file_notes_set_about (notes, file->path, &stamp, note);
        }
    }
  if (inner)
    find_weights (file, notes, inner);
}

LimnModelFile *
limn_model_file_look (const char *path, LimnFileNotes *notes)
{
  LimnModelFile *file = g_atomic_rc_box_new0 (LimnModelFile);
  gboolean is_folder = g_file_test (path, G_FILE_TEST_IS_DIR);

  file->kind = LIMN_RESOURCE_N_KINDS;
  file->path = g_strdup (path);
  file->name = limn_resources_name_path (path);
  file->missing = !is_folder && !g_file_test (path, G_FILE_TEST_EXISTS);
  if (!file->missing)
    look (file, notes, is_folder);
  return file;
}

/* --- Hashing --- */

static gboolean
wait_for_others (gint *busy, GCancellable *cancellable, GError **error)
{
  while (busy && g_atomic_int_get (busy) != 0)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      g_usleep (BUSY_US);
    }
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static gboolean
hash_all (int fd, GChecksum *checksum, gint *busy, GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (HASH_BYTES);
  gssize n;

  do
    {
      if (!wait_for_others (busy, cancellable, error))
        return FALSE;
      n = read (fd, buffer, HASH_BYTES);
      if (n > 0)
        g_checksum_update (checksum, buffer, n);
    }
  while (n > 0 || (n < 0 && errno == EINTR));
  if (n == 0)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
  return FALSE;
}

char *
limn_model_file_hash (const LimnModelFile *file, LimnFileNotes *notes, gint *busy, GCancellable *cancellable, GError **error)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  LimnFileStamp after;
  gboolean good;
  int fd;

  g_return_val_if_fail (file->weights != NULL, NULL);
  fd = g_open (file->weights, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0)
    {
      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
      return NULL;
    }
  good = hash_all (fd, checksum, busy, cancellable, error);
  close (fd);
  if (!good)
    return NULL;
  if (!limn_file_stamp_read (file->weights, &after) || after.mtime_ns != file->stamp.mtime_ns || after.size != file->stamp.size)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” was changed while it was read.", file->name);
      return NULL;
    }
  if (notes)
    limn_file_notes_set_hash (notes, file->weights, &file->stamp, g_checksum_get_string (checksum));
  return g_strdup (g_checksum_get_string (checksum));
}
