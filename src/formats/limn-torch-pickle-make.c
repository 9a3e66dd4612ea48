/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What makes this safe is what is not here: no function is ever looked up by a name from the file. The table globals[] is all there is, and
 * limn_pickle_call() is all that can be done with it.
 */
#include "config.h"

#include "formats/limn-torch-pickle-private.h"

#include <string.h>

static const struct
{
  const char *module;
  const char *name;
  LimnPickleRole role;
  LimnSafetensorsDtype dtype;
} globals[] = {
  { "torch._utils", "_rebuild_tensor_v2", LIMN_PICKLE_AS_TENSOR, 0 },
  { "torch._utils", "_rebuild_parameter", LIMN_PICKLE_AS_PARAMETER, 0 },
  { "torch", "DoubleStorage", LIMN_PICKLE_AS_STORAGE, LIMN_SAFETENSORS_F64 },
  { "torch", "FloatStorage", LIMN_PICKLE_AS_STORAGE, LIMN_SAFETENSORS_F32 },
  { "torch", "HalfStorage", LIMN_PICKLE_AS_STORAGE, LIMN_SAFETENSORS_F16 },
  { "torch", "BFloat16Storage", LIMN_PICKLE_AS_STORAGE, LIMN_SAFETENSORS_BF16 },
  { "torch", "LongStorage", LIMN_PICKLE_AS_STORAGE, LIMN_SAFETENSORS_I64 },
  { "torch", "IntStorage", LIMN_PICKLE_AS_STORAGE, LIMN_SAFETENSORS_I32 },
  { "torch", "ShortStorage", LIMN_PICKLE_AS_STORAGE, LIMN_SAFETENSORS_I16 },
  { "torch", "CharStorage", LIMN_PICKLE_AS_STORAGE, LIMN_SAFETENSORS_I8 },
  { "torch", "ByteStorage", LIMN_PICKLE_AS_STORAGE, LIMN_SAFETENSORS_U8 },
  { "torch", "BoolStorage", LIMN_PICKLE_AS_STORAGE, LIMN_SAFETENSORS_BOOL },
  { "torch", "Size", LIMN_PICKLE_AS_SIZE, 0 },
  { "collections", "OrderedDict", LIMN_PICKLE_AS_DICT, 0 },
  { "collections", "defaultdict", LIMN_PICKLE_AS_DEFAULT_DICT, 0 },
  { "__builtin__", "dict", LIMN_PICKLE_AS_DICT, 0 },
  { "builtins", "dict", LIMN_PICKLE_AS_DICT, 0 },
  { "torch.nn.modules.container", "ParameterDict", LIMN_PICKLE_AS_PARAMETER_DICT, 0 },
  /* What trainers leave beside the weights. */
  { "__builtin__", "set", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "builtins", "set", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "_codecs", "encode", LIMN_PICKLE_AS_OPAQUE, 0 }, /* how protocol 2 writes bytes */
  { "numpy", "dtype", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "numpy", "ndarray", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "numpy.core.multiarray", "scalar", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "numpy.core.multiarray", "_reconstruct", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "numpy._core.multiarray", "scalar", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "numpy._core.multiarray", "_reconstruct", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "pytorch_lightning.callbacks", "ModelCheckpoint", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "pytorch_lightning.callbacks.early_stopping", "EarlyStopping", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "torch", "device", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "torch", "float64", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "torch", "float32", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "torch", "float16", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "torch", "bfloat16", LIMN_PICKLE_AS_OPAQUE, 0 },
  { "torch", "int64", LIMN_PICKLE_AS_OPAQUE, 0 },
};

/* For an error: text, without what a terminal or a label would obey, and not long. */
static char *
dup_shown (const char *text,
           gsize       length)
{
  g_autofree char *valid = g_utf8_make_valid (text, MIN (length, 80));
  GString *shown = g_string_new (NULL);

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      g_string_append_unichar (shown, g_unichar_isprint (c) ? c : 0xfffd);
    }
  if (length > 80)
    g_string_append (shown, "…");
  return g_string_free (shown, FALSE);
}

static gboolean
refuse (LimnPickleMachine *machine,
        const char        *module,
        gsize              module_length,
        const char        *name,
        gsize              name_length)
{
  g_autofree char *shown_module = dup_shown (module, module_length);
  g_autofree char *shown_name = dup_shown (name, name_length);

  return limn_pickle_fail (machine, LIMN_ERROR_UNSUPPORTED,
                           "it asks for “%s.%s”, but Limn makes nothing of a file but tensors. Nothing in it was run. From a maker "
                           "whom you trust, ask for the same model as .safetensors", shown_module, shown_name);
}

static gboolean
is_count (const LimnPickleValue *value)
{
  return value->kind == LIMN_PICKLE_INT && value->number >= 0;
}

/* ('storage', class, key, where it was, how many): the one thing that torch.save() names by a persistent id. */
gboolean
limn_pickle_make_storage (LimnPickleMachine *machine,
                          guint32            id)
{
  const LimnPickleValue *value = limn_pickle_get (machine, id);
  const LimnPickleValue *parts[5];
  LimnPickleStorage storage;

  if (value->kind != LIMN_PICKLE_TUPLE || value->length != 5)
    return limn_pickle_damaged (machine, "a reference to data is not what PyTorch writes");
  for (guint i = 0; i < 5; i++)
    parts[i] = limn_pickle_item_value (machine, value, i);
  if (!limn_pickle_text_is (parts[0], "storage") || parts[1]->kind != LIMN_PICKLE_GLOBAL || parts[1]->role != LIMN_PICKLE_AS_STORAGE
      || parts[2]->kind != LIMN_PICKLE_TEXT || parts[2]->length > LIMN_PICKLE_MAX_KEY_BYTES || parts[3]->kind != LIMN_PICKLE_TEXT
      || !is_count (parts[4]))
    return limn_pickle_damaged (machine, "a reference to data is not what PyTorch writes");
  storage = (LimnPickleStorage) { .key = parts[2]->text, .key_length = parts[2]->length, .dtype = parts[1]->dtype, .n = parts[4]->number };
  g_array_append_val (machine->storages, storage);
  return limn_pickle_push_number (machine, LIMN_PICKLE_STORAGE, machine->storages->len - 1);
}

/* Strides must nest: the next wider one steps over all of the narrower ones together. Then no two elements of the tensor
 * are the same element of the storage, and it cannot be larger. */
static gboolean
check_strides (const LimnTorchTensor *tensor,
               guint64                room)
{
  gboolean done[LIMN_SAFETENSORS_MAX_DIMS] = { FALSE };
  guint64 reach = 1; /* elements from the first to the last of what is nested so far */

  if (tensor->n_elements == 0)
    return TRUE;
  for (guint n = 0; n < tensor->n_dims; n++)
    {
      guint next = tensor->n_dims;
      guint64 add;

      for (guint i = 0; i < tensor->n_dims; i++)
        {
          if (!done[i] && tensor->dims[i] > 1 && (next == tensor->n_dims || tensor->strides[i] < tensor->strides[next]))
            next = i;
        }
      if (next == tensor->n_dims)
        break;
      done[next] = TRUE;
      if (tensor->strides[next] < reach || !g_uint64_checked_mul (&add, tensor->strides[next], tensor->dims[next] - 1)
          || !g_uint64_checked_add (&reach, reach, add))
        return FALSE;
    }
  return reach <= room;
}

/* (storage, first, size, stride, …): what follows says whether it was being trained, and is of no use here. */
static gboolean
make_tensor (LimnPickleMachine     *machine,
             const LimnPickleValue *arguments)
{
  LimnTorchTensor tensor = { .n_elements = 1 };
  const LimnPickleValue *parts[4];
  const LimnPickleValue *more;
  const LimnPickleStorage *storage;
  guint32 index;

  if (arguments->length < 4 || arguments->length > 7)
    return limn_pickle_damaged (machine, "a tensor is not described as PyTorch does");
  for (guint i = 0; i < 4; i++)
    parts[i] = limn_pickle_item_value (machine, arguments, i);
  if (parts[0]->kind != LIMN_PICKLE_STORAGE || !is_count (parts[1]) || parts[2]->kind != LIMN_PICKLE_TUPLE || parts[3]->kind != LIMN_PICKLE_TUPLE
      || parts[2]->length != parts[3]->length)
    return limn_pickle_damaged (machine, "a tensor is not described as PyTorch does");
  /* Metadata: a tensor that is stored negated or conjugated. */
  more = arguments->length == 7 ? limn_pickle_item_value (machine, arguments, 6) : NULL;
  if (more != NULL && more->kind != LIMN_PICKLE_NONE && (more->kind != LIMN_PICKLE_DICT || more->length > 0))
    return limn_pickle_fail (machine, LIMN_ERROR_UNSUPPORTED, "a tensor in it has properties of its own, which Limn does not know");
  if (parts[2]->length > LIMN_SAFETENSORS_MAX_DIMS)
    return limn_pickle_fail (machine, LIMN_ERROR_FORMAT, "a tensor in it has %u dimensions, at most %d are possible", parts[2]->length,
                             LIMN_SAFETENSORS_MAX_DIMS);
  index = parts[0]->number;
  storage = &g_array_index (machine->storages, LimnPickleStorage, index);
  tensor.dtype = storage->dtype;
  tensor.storage_elements = storage->n;
  tensor.first = parts[1]->number;
  tensor.n_dims = parts[2]->length;
  for (guint i = 0; i < tensor.n_dims; i++)
    {
      const LimnPickleValue *size = limn_pickle_item_value (machine, parts[2], i);
      const LimnPickleValue *stride = limn_pickle_item_value (machine, parts[3], i);

      if (!is_count (size) || !is_count (stride))
        return limn_pickle_damaged (machine, "a tensor has a size or a stride that is not a whole number from 0");
      tensor.dims[i] = size->number;
      tensor.strides[i] = stride->number;
      if (!g_uint64_checked_mul (&tensor.n_elements, tensor.n_elements, tensor.dims[i]))
        return limn_pickle_fail (machine, LIMN_ERROR_FORMAT, "a tensor in it would have more than 2^64 elements");
    }
  if (tensor.first > storage->n || !check_strides (&tensor, storage->n - tensor.first))
    return limn_pickle_fail (machine, LIMN_ERROR_FORMAT, "a tensor in it leaves the data it is to be made of, or uses parts of them twice");
  if (machine->tensors->len >= LIMN_TORCH_PICKLE_MAX_VALUES / 8) /* each takes 8 values at least, but may be made again from the same */
    return limn_pickle_too_much (machine, "tensors");
  g_array_append_val (machine->tensors, tensor);
  g_array_append_val (machine->tensor_storages, index);
  return limn_pickle_push_number (machine, LIMN_PICKLE_TENSOR, machine->tensors->len - 1);
}

/* From nothing; from [(key, value), …] as Python 2 has it; from another dictionary. */
static gboolean
make_dict (LimnPickleMachine     *machine,
           const LimnPickleValue *arguments,
           LimnPickleRole         role)
{
  guint first = role == LIMN_PICKLE_AS_DEFAULT_DICT ? 1 : 0;
  guint32 from;
  guint32 dict;
  guint n;

  if (arguments->length > first + 1 || (role == LIMN_PICKLE_AS_PARAMETER_DICT && arguments->length > 0))
    return limn_pickle_damaged (machine, "a dictionary is not made as PyTorch does");
  if (arguments->length <= first)
    {
      LimnPickleValue empty = { .kind = LIMN_PICKLE_DICT, .role = role == LIMN_PICKLE_AS_PARAMETER_DICT ? role : LIMN_PICKLE_AS_NONE };

      return limn_pickle_push_new (machine, empty);
    }
  from = limn_pickle_item (machine, arguments, first);
  n = limn_pickle_get (machine, from)->length;
  if (limn_pickle_get (machine, from)->kind != LIMN_PICKLE_DICT && limn_pickle_get (machine, from)->kind != LIMN_PICKLE_LIST)
    return limn_pickle_damaged (machine, "a dictionary is not made as PyTorch does");
  if (!limn_pickle_push_kind (machine, LIMN_PICKLE_DICT))
    return FALSE;
  dict = machine->values->len - 1;
  for (guint i = 0; i < n; i++)
    {
      const LimnPickleValue *pair = limn_pickle_item_value (machine, limn_pickle_get (machine, from), i);
      guint32 one;

      if (limn_pickle_get (machine, from)->kind == LIMN_PICKLE_DICT)
        {
          one = limn_pickle_item (machine, limn_pickle_get (machine, from), i);
          if (!limn_pickle_push (machine, one) || !limn_pickle_move_into (machine, dict, 1))
            return FALSE;
          continue;
        }
      if ((pair->kind != LIMN_PICKLE_TUPLE && pair->kind != LIMN_PICKLE_LIST) || pair->length != 2)
        return limn_pickle_damaged (machine, "a dictionary is not made of pairs");
      for (guint j = 0; j < 2; j++)
        {
          one = limn_pickle_item (machine, limn_pickle_item_value (machine, limn_pickle_get (machine, from), i), j);
          if (!limn_pickle_push (machine, one) || !limn_pickle_move_into (machine, dict, 1))
            return FALSE;
        }
    }
  return TRUE;
}

/* All that can be done with a name from the table. */
gboolean
limn_pickle_call (LimnPickleMachine *machine,
                  guint32            callee,
                  guint32            arguments)
{
  const LimnPickleValue *function = limn_pickle_get (machine, callee);
  const LimnPickleValue *tuple = limn_pickle_get (machine, arguments);

  if (function->kind != LIMN_PICKLE_GLOBAL)
    return limn_pickle_fail (machine, LIMN_ERROR_UNSUPPORTED, "it wants to call something that is not one of PyTorch's functions; "
                             "nothing in it was run");
  if (tuple->kind != LIMN_PICKLE_TUPLE)
    return limn_pickle_damaged (machine, "arguments are missing");
  switch ((LimnPickleRole) function->role)
    {
    case LIMN_PICKLE_AS_OPAQUE:
      return limn_pickle_push_kind (machine, LIMN_PICKLE_OPAQUE);
    case LIMN_PICKLE_AS_DICT:
    case LIMN_PICKLE_AS_DEFAULT_DICT:
    case LIMN_PICKLE_AS_PARAMETER_DICT:
      return make_dict (machine, tuple, function->role);
    case LIMN_PICKLE_AS_SIZE:
      if (tuple->length != 1 || limn_pickle_item_value (machine, tuple, 0)->kind != LIMN_PICKLE_TUPLE)
        return limn_pickle_damaged (machine, "a size is not a list of numbers");
      return limn_pickle_push (machine, limn_pickle_item (machine, tuple, 0));
    case LIMN_PICKLE_AS_TENSOR:
      return make_tensor (machine, tuple);
    case LIMN_PICKLE_AS_PARAMETER:
      if (tuple->length < 1 || limn_pickle_item_value (machine, tuple, 0)->kind != LIMN_PICKLE_TENSOR)
        return limn_pickle_damaged (machine, "a parameter is not a tensor");
      return limn_pickle_push (machine, limn_pickle_item (machine, tuple, 0));
    case LIMN_PICKLE_AS_NONE:
    case LIMN_PICKLE_AS_STORAGE:
    default:
      return limn_pickle_fail (machine, LIMN_ERROR_UNSUPPORTED, "it wants to make data by itself, which PyTorch never writes; nothing in it was run");
    }
}

/* @state becomes what @object holds: of use only where a dictionary of tensors is kept as a module. */
gboolean
limn_pickle_build (LimnPickleMachine *machine,
                   guint32            object,
                   guint32            state)
{
  LimnPickleValue *value = limn_pickle_get (machine, object);
  const LimnPickleValue *from = limn_pickle_get (machine, state);

  if (value->kind == LIMN_PICKLE_OPAQUE)
    return TRUE;
  if (value->kind != LIMN_PICKLE_DICT)
    return limn_pickle_damaged (machine, "something is given a state that can have none");
  if (value->role != LIMN_PICKLE_AS_PARAMETER_DICT)
    return TRUE; /* _metadata of a state_dict: versions of its layers */
  if (from->kind != LIMN_PICKLE_DICT || value->items != NULL)
    return limn_pickle_damaged (machine, "a module's state is not a dictionary");
  for (guint i = 0; i + 1 < from->length; i += 2)
    {
      guint32 inner = limn_pickle_item (machine, from, i + 1);

      if (!limn_pickle_text_is (limn_pickle_item_value (machine, from, i), "_parameters")
          || limn_pickle_get (machine, inner)->kind != LIMN_PICKLE_DICT || inner == object)
        continue;
      for (guint j = 0; j < limn_pickle_get (machine, inner)->length; j++)
        {
          if (!limn_pickle_push (machine, limn_pickle_item (machine, limn_pickle_get (machine, inner), j))
              || !limn_pickle_move_into (machine, object, 1))
            return FALSE;
        }
      break;
    }
  return TRUE;
}

gboolean
limn_pickle_push_global (LimnPickleMachine *machine,
                         const char        *module,
                         gsize              module_length,
                         const char        *name,
                         gsize              name_length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (globals); i++)
    {
      if (strlen (globals[i].module) == module_length && memcmp (globals[i].module, module, module_length) == 0
          && strlen (globals[i].name) == name_length && memcmp (globals[i].name, name, name_length) == 0)
        return limn_pickle_push_new (machine, (LimnPickleValue) { .kind = LIMN_PICKLE_GLOBAL, .role = globals[i].role, .dtype = globals[i].dtype });
    }
  return refuse (machine, module, module_length, name, name_length);
}

