/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "formats/limn-torch-pickle-private.h"

#include "formats/limn-name-index.h"

#include <string.h>

/* A key as part of a name; FALSE: it cannot be one. */
static gboolean
is_name (const LimnPickleValue *key)
{
  return key->kind == LIMN_PICKLE_TEXT && key->length > 0 && memchr (key->text, 0, key->length) == NULL
         && g_utf8_validate (key->text, key->length, NULL);
}

static gboolean
list_tensor (LimnPickleMachine *machine,
             const char        *name,
             guint32            index)
{
  LimnTorchTensor tensor = g_array_index (machine->tensors, LimnTorchTensor, index);
  const LimnPickleStorage *storage = &g_array_index (machine->storages, LimnPickleStorage, g_array_index (machine->tensor_storages, guint32, index));

  if (memchr (storage->key, 0, storage->key_length) != NULL || !g_utf8_validate (storage->key, storage->key_length, NULL))
    return limn_pickle_fail (machine, LIMN_ERROR_FORMAT, "tensor “%s” is to be made of data whose name is no text", name);
  tensor.name = g_string_chunk_insert (machine->out->texts, name);
  tensor.storage = g_string_chunk_insert_len (machine->out->texts, storage->key, storage->key_length);
  g_array_append_val (machine->out->tensors, tensor);
  return TRUE;
}

static gboolean
walk (LimnPickleMachine *machine,
      guint32            dict,
      GString           *prefix,
      guint              depth)
{
  gsize base = prefix->len;

  if (depth > LIMN_TORCH_PICKLE_MAX_DEPTH)
    return limn_pickle_too_much (machine, "dictionaries in dictionaries");
  for (guint i = 0; i + 1 < limn_pickle_get (machine, dict)->length; i += 2)
    {
      const LimnPickleValue *key = limn_pickle_item_value (machine, limn_pickle_get (machine, dict), i);
      guint32 index = limn_pickle_item (machine, limn_pickle_get (machine, dict), i + 1);
      const LimnPickleValue *value = limn_pickle_get (machine, index);

      /* Without dictionaries that stand in many places it is half of the places filled. A file of 1 KB can be a tree of 12^7. */
      if (++machine->n_visited > machine->n_items)
        return limn_pickle_too_much (machine, "values");
      if ((value->kind != LIMN_PICKLE_TENSOR && value->kind != LIMN_PICKLE_DICT) || key->kind != LIMN_PICKLE_TEXT)
        continue;
      /* Before it is looked at: a long key may stand in a million places. */
      if (key->length > LIMN_TORCH_PICKLE_MAX_NAME_BYTES - MIN (base + 1, LIMN_TORCH_PICKLE_MAX_NAME_BYTES))
        return limn_pickle_too_much (machine, "letters in a name");
      if (!is_name (key))
        continue;
      g_string_append_len (prefix, key->text, key->length);
      if (value->kind == LIMN_PICKLE_DICT)
        {
          g_string_append_c (prefix, '.');
          if (!walk (machine, index, prefix, depth + 1))
            return FALSE;
        }
      else
        {
          machine->names_bytes += prefix->len + 1;
          if (machine->names_bytes > LIMN_TORCH_PICKLE_MAX_NAMES_BYTES)
            return limn_pickle_too_much (machine, "letters in names");
          if (!list_tensor (machine, prefix->str, value->number))
            return FALSE;
        }
      g_string_truncate (prefix, base);
    }
  return TRUE;
}

static void
note_facts (LimnPickleMachine *machine,
            guint32            dict)
{
  const LimnPickleValue *root = limn_pickle_get (machine, dict);

  for (guint i = 0; i + 1 < root->length && g_hash_table_size (machine->out->facts) < LIMN_PICKLE_MAX_FACTS; i += 2)
    {
      const LimnPickleValue *key = limn_pickle_item_value (machine, root, i);
      const LimnPickleValue *value = limn_pickle_item_value (machine, root, i + 1);
      char *name;

      if (key->length > LIMN_PICKLE_MAX_FACT_BYTES || !is_name (key))
        continue;
      name = g_strndup (key->text, key->length);
      if (value->kind == LIMN_PICKLE_INT)
        g_hash_table_insert (machine->out->facts, name, g_strdup_printf ("%" G_GINT64_FORMAT, value->number));
      else if (value->length <= LIMN_PICKLE_MAX_FACT_BYTES && is_name (value))
        g_hash_table_insert (machine->out->facts, name, g_strndup (value->text, value->length));
      else
        g_free (name);
    }
}

static gboolean
check_names (LimnPickleMachine *machine)
{
  guint n = machine->out->tensors->len;
  g_autofree const char **names = g_new (const char *, n);
  g_autoptr(LimnNameIndex) index = NULL;
  const char *twice;

  for (guint i = 0; i < n; i++)
    names[i] = g_array_index (machine->out->tensors, LimnTorchTensor, i).name;
  index = limn_name_index_new (names, n);
  twice = limn_name_index_find_double (index);
  return twice == NULL || limn_pickle_fail (machine, LIMN_ERROR_FORMAT, "there are two tensors “%s” in it", twice);
}

gboolean
limn_pickle_list_all (LimnPickleMachine *machine,
                      guint32            root)
{
  g_autoptr(GString) prefix = g_string_new (NULL);
  const LimnPickleValue *value = limn_pickle_get (machine, root);
  guint32 from = root;

  if (value->kind == LIMN_PICKLE_TENSOR)
    return limn_pickle_fail (machine, LIMN_ERROR_UNSUPPORTED, "it holds a single tensor without a name, and no model");
  if (value->kind != LIMN_PICKLE_DICT)
    return limn_pickle_fail (machine, LIMN_ERROR_UNSUPPORTED, "what it holds is no list of named tensors");
  note_facts (machine, root);
  for (guint i = 0; i + 1 < value->length; i += 2)
    {
      if (limn_pickle_text_is (limn_pickle_item_value (machine, value, i), "state_dict")
          && limn_pickle_item_value (machine, value, i + 1)->kind == LIMN_PICKLE_DICT)
        from = limn_pickle_item (machine, value, i + 1);
    }
  if (!walk (machine, from, prefix, 1))
    return FALSE;
  if (machine->out->tensors->len == 0)
    return limn_pickle_fail (machine, LIMN_ERROR_UNSUPPORTED, "there are no named tensors in it");
  return check_names (machine);
}

