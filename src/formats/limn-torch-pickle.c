/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values are numbers of places in one array, and containers hold such numbers: so a value may stand in many places, even
 * in itself, at no cost, and nothing is ever freed before the end. Instructions look at no more than the top of the
 * stack, and nothing recurses while the program runs; the one walk that does, from the outermost dictionary to its
 * tensors, counts its steps and its depth.
 *
 * What makes this safe is what is not here: no function is ever looked up by a name from the file. The table globals[] is
 * all there is, and call() is all that can be done with it.
 */
#include "config.h"

#include "formats/limn-torch-pickle.h"

#include "base/limn-error.h"
#include "formats/limn-name-index.h"

#include <string.h>

/* Bytes of a storage's name, a number of up to 20 digits. */
#define MAX_KEY_BYTES 64

/* Bytes of a fact; the longest useful one is a file name. And how many are noted: trainers leave a dozen. */
#define MAX_FACT_BYTES 1024
#define MAX_FACTS      256

typedef enum
{
  KIND_OPAQUE, /* exists, and that is all */
  KIND_NONE,
  KIND_BOOL,
  KIND_INT,
  KIND_TEXT,
  KIND_TUPLE,
  KIND_LIST,
  KIND_DICT,
  KIND_GLOBAL,
  KIND_STORAGE,
  KIND_TENSOR,
} Kind;

/* What a name in the file stands for. */
typedef enum
{
  ROLE_NONE,
  ROLE_OPAQUE,         /* called or not: an opaque value */
  ROLE_DICT,           /* a dictionary, from nothing or from a list of pairs */
  ROLE_DEFAULT_DICT,   /* the same, but what comes first makes missing values */
  ROLE_PARAMETER_DICT, /* a module whose state holds a dictionary of tensors */
  ROLE_SIZE,           /* the tuple it is given */
  ROLE_STORAGE,
  ROLE_TENSOR,
  ROLE_PARAMETER,
} Role;

typedef struct
{
  guint8 kind;
  guint8 role;  /* of a KIND_GLOBAL; ROLE_PARAMETER_DICT of such a KIND_DICT */
  guint8 dtype; /* of a KIND_GLOBAL that is a storage */
  guint32 length;
  union
  {
    gint64 number;    /* KIND_INT, KIND_BOOL; index of a storage or tensor */
    const char *text; /* within the data, or static */
    GArray *items;    /* of guint32; of a dictionary: key, value, key, value; NULL: none yet */
  };
} Value;

typedef struct
{
  const char *key;
  guint32 key_length;
  LimnSafetensorsDtype dtype;
  guint64 n;
} Storage;

struct _LimnTorchPickle
{
  GStringChunk *texts;
  GArray *tensors;
  GHashTable *facts;
};

typedef struct
{
  const guint8 *data;
  gsize length;
  gsize place;
  gsize op_place; /* of the instruction under way, for errors */
  const char *name;
  GArray *values;   /* of Value */
  GArray *stack;    /* of guint32 */
  GArray *marks;    /* of guint32: heights of the stack */
  GArray *memo;     /* of guint32: value + 1, 0: none */
  GArray *storages; /* of Storage */
  GArray *tensors;  /* of LimnTorchTensor, without name and storage */
  GArray *tensor_storages; /* of guint32 */
  guint n_items;
  guint n_visited;
  gsize names_bytes;
  LimnTorchPickle *out;
  GError **error;
} Machine;

static const struct
{
  const char *module;
  const char *name;
  Role role;
  LimnSafetensorsDtype dtype;
} globals[] = {
  { "torch._utils", "_rebuild_tensor_v2", ROLE_TENSOR, 0 },
  { "torch._utils", "_rebuild_parameter", ROLE_PARAMETER, 0 },
  { "torch", "DoubleStorage", ROLE_STORAGE, LIMN_SAFETENSORS_F64 },
  { "torch", "FloatStorage", ROLE_STORAGE, LIMN_SAFETENSORS_F32 },
  { "torch", "HalfStorage", ROLE_STORAGE, LIMN_SAFETENSORS_F16 },
  { "torch", "BFloat16Storage", ROLE_STORAGE, LIMN_SAFETENSORS_BF16 },
  { "torch", "LongStorage", ROLE_STORAGE, LIMN_SAFETENSORS_I64 },
  { "torch", "IntStorage", ROLE_STORAGE, LIMN_SAFETENSORS_I32 },
  { "torch", "ShortStorage", ROLE_STORAGE, LIMN_SAFETENSORS_I16 },
  { "torch", "CharStorage", ROLE_STORAGE, LIMN_SAFETENSORS_I8 },
  { "torch", "ByteStorage", ROLE_STORAGE, LIMN_SAFETENSORS_U8 },
  { "torch", "BoolStorage", ROLE_STORAGE, LIMN_SAFETENSORS_BOOL },
  { "torch", "Size", ROLE_SIZE, 0 },
  { "collections", "OrderedDict", ROLE_DICT, 0 },
  { "collections", "defaultdict", ROLE_DEFAULT_DICT, 0 },
  { "__builtin__", "dict", ROLE_DICT, 0 },
  { "builtins", "dict", ROLE_DICT, 0 },
  { "torch.nn.modules.container", "ParameterDict", ROLE_PARAMETER_DICT, 0 },
  /* What trainers leave beside the weights. */
  { "__builtin__", "set", ROLE_OPAQUE, 0 },
  { "builtins", "set", ROLE_OPAQUE, 0 },
  { "_codecs", "encode", ROLE_OPAQUE, 0 }, /* how protocol 2 writes bytes */
  { "numpy", "dtype", ROLE_OPAQUE, 0 },
  { "numpy", "ndarray", ROLE_OPAQUE, 0 },
  { "numpy.core.multiarray", "scalar", ROLE_OPAQUE, 0 },
  { "numpy.core.multiarray", "_reconstruct", ROLE_OPAQUE, 0 },
  { "numpy._core.multiarray", "scalar", ROLE_OPAQUE, 0 },
  { "numpy._core.multiarray", "_reconstruct", ROLE_OPAQUE, 0 },
  { "pytorch_lightning.callbacks", "ModelCheckpoint", ROLE_OPAQUE, 0 },
  { "pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint", ROLE_OPAQUE, 0 },
  { "pytorch_lightning.callbacks.early_stopping", "EarlyStopping", ROLE_OPAQUE, 0 },
  { "torch", "device", ROLE_OPAQUE, 0 },
  { "torch", "float64", ROLE_OPAQUE, 0 },
  { "torch", "float32", ROLE_OPAQUE, 0 },
  { "torch", "float16", ROLE_OPAQUE, 0 },
  { "torch", "bfloat16", ROLE_OPAQUE, 0 },
  { "torch", "int64", ROLE_OPAQUE, 0 },
};

/* The instructions that are no torch.save()'s, so that errors can name them (Python's Lib/pickletools.py). */
static const struct
{
  guint8 code;
  const char *name;
} foreign_ops[] = {
  { 'i', "INST" }, { 'o', "OBJ" }, { 'P', "PERSID" }, { 'I', "INT" }, { 'L', "LONG" }, { 'F', "FLOAT" }, { 'S', "STRING" },
  { 'V', "UNICODE" }, { 'd', "DICT" }, { 'l', "LIST" }, { 'p', "PUT" }, { 'g', "GET" }, { '0', "POP" }, { '1', "POP_MARK" },
  { '2', "DUP" }, { 0x82, "EXT1" }, { 0x83, "EXT2" }, { 0x84, "EXT4" }, { 0x8b, "LONG4" }, { 0x91, "FROZENSET" },
  { 0x92, "NEWOBJ_EX" }, { 0x96, "BYTEARRAY8" }, { 0x97, "NEXT_BUFFER" }, { 0x98, "READONLY_BUFFER" },
};

static gboolean G_GNUC_PRINTF (3, 4)
fail (Machine       *machine,
      LimnErrorCode  code,
      const char    *format,
      ...)
{
  va_list args;
  g_autofree char *what = NULL;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (machine->error, LIMN_ERROR, code, "“%s” cannot be read: %s", machine->name, what);
  return FALSE;
}

static gboolean
damaged (Machine    *machine,
         const char *why)
{
  return fail (machine, LIMN_ERROR_FORMAT, "its list of tensors is damaged at byte %" G_GSIZE_FORMAT ": %s", machine->op_place, why);
}

static gboolean
too_much (Machine    *machine,
          const char *what)
{
  return fail (machine, LIMN_ERROR_FORMAT, "its list of tensors has more %s than any model needs", what);
}

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
refuse (Machine    *machine,
        const char *module,
        gsize       module_length,
        const char *name,
        gsize       name_length)
{
  g_autofree char *shown_module = dup_shown (module, module_length);
  g_autofree char *shown_name = dup_shown (name, name_length);

  return fail (machine, LIMN_ERROR_UNSUPPORTED,
               "it asks for “%s.%s”, which Limn does not need to read a model and does not do. Nothing in the file was run. "
               "If you trust its maker, ask for the same model as .safetensors", shown_module, shown_name);
}

/* ---- values ---- */

static Value *
get (Machine *machine,
     guint32  index)
{
  return &g_array_index (machine->values, Value, index);
}

static gboolean
push (Machine *machine,
      guint32  index)
{
  if (machine->stack->len >= LIMN_TORCH_PICKLE_MAX_STACK)
    return too_much (machine, "values at a time");
  g_array_append_val (machine->stack, index);
  return TRUE;
}

static gboolean
push_new (Machine *machine,
          Value    value)
{
  if (machine->values->len >= LIMN_TORCH_PICKLE_MAX_VALUES)
    return too_much (machine, "values");
  g_array_append_val (machine->values, value);
  return push (machine, machine->values->len - 1);
}

static gboolean
push_kind (Machine *machine,
           Kind     kind)
{
  return push_new (machine, (Value) { .kind = kind });
}

static gboolean
push_number (Machine *machine,
             Kind     kind,
             gint64   number)
{
  return push_new (machine, (Value) { .kind = kind, .number = number });
}

/* How many values there are above the newest mark. */
static guint
height (const Machine *machine)
{
  guint32 floor = machine->marks->len > 0 ? g_array_index (machine->marks, guint32, machine->marks->len - 1) : 0;

  return machine->stack->len - floor;
}

static gboolean
pop (Machine *machine,
     guint32 *index)
{
  if (height (machine) == 0)
    return damaged (machine, "a value is missing");
  *index = g_array_index (machine->stack, guint32, machine->stack->len - 1);
  g_array_set_size (machine->stack, machine->stack->len - 1);
  return TRUE;
}

/* Takes the newest mark away; @n values lie above where it was. */
static gboolean
pop_mark (Machine *machine,
          guint   *n)
{
  if (machine->marks->len == 0)
    return damaged (machine, "a mark is missing");
  *n = height (machine);
  g_array_set_size (machine->marks, machine->marks->len - 1);
  return TRUE;
}

/* The last @n values of the stack go into a container. */
static gboolean
move_into (Machine *machine,
           guint32  container,
           guint    n)
{
  Value *value = get (machine, container);

  if (n == 0)
    return TRUE;
  if (n > LIMN_TORCH_PICKLE_MAX_VALUES - machine->n_items)
    return too_much (machine, "values");
  machine->n_items += n;
  if (value->items == NULL)
    value->items = g_array_sized_new (FALSE, FALSE, sizeof (guint32), n);
  g_array_append_vals (value->items, &g_array_index (machine->stack, guint32, machine->stack->len - n), n);
  value->length = value->items->len;
  g_array_set_size (machine->stack, machine->stack->len - n);
  return TRUE;
}

static guint32
item (Machine     *machine,
      const Value *value,
      guint        i)
{
  return g_array_index (value->items, guint32, i);
}

static const Value *
item_value (Machine     *machine,
            const Value *value,
            guint        i)
{
  return get (machine, item (machine, value, i));
}

static gboolean
text_is (const Value *value,
         const char  *text)
{
  return value->kind == KIND_TEXT && value->length == strlen (text) && memcmp (value->text, text, value->length) == 0;
}

/* ---- what can be made ---- */

static gboolean
is_count (const Value *value)
{
  return value->kind == KIND_INT && value->number >= 0;
}

/* ('storage', class, key, where it was, how many): the one thing that torch.save() names by a persistent id. */
static gboolean
make_storage (Machine *machine,
              guint32  id)
{
  const Value *value = get (machine, id);
  const Value *parts[5];
  Storage storage;

  if (value->kind != KIND_TUPLE || value->length != 5)
    return damaged (machine, "a reference to data is not what PyTorch writes");
  for (guint i = 0; i < 5; i++)
    parts[i] = item_value (machine, value, i);
  if (!text_is (parts[0], "storage") || parts[1]->kind != KIND_GLOBAL || parts[1]->role != ROLE_STORAGE || parts[2]->kind != KIND_TEXT
      || parts[2]->length > MAX_KEY_BYTES || parts[3]->kind != KIND_TEXT || !is_count (parts[4]))
    return damaged (machine, "a reference to data is not what PyTorch writes");
  storage = (Storage) { .key = parts[2]->text, .key_length = parts[2]->length, .dtype = parts[1]->dtype, .n = parts[4]->number };
  g_array_append_val (machine->storages, storage);
  return push_number (machine, KIND_STORAGE, machine->storages->len - 1);
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
make_tensor (Machine     *machine,
             const Value *arguments)
{
  LimnTorchTensor tensor = { .n_elements = 1 };
  const Value *parts[4];
  const Storage *storage;
  guint32 index;

  if (arguments->length < 4 || arguments->length > 7)
    return damaged (machine, "a tensor is not described as PyTorch does");
  for (guint i = 0; i < 4; i++)
    parts[i] = item_value (machine, arguments, i);
  if (parts[0]->kind != KIND_STORAGE || !is_count (parts[1]) || parts[2]->kind != KIND_TUPLE || parts[3]->kind != KIND_TUPLE
      || parts[2]->length != parts[3]->length)
    return damaged (machine, "a tensor is not described as PyTorch does");
  /* Metadata: a tensor that is stored negated or conjugated. */
  if (arguments->length == 7 && item_value (machine, arguments, 6)->kind != KIND_NONE
      && !(item_value (machine, arguments, 6)->kind == KIND_DICT && item_value (machine, arguments, 6)->length == 0))
    return fail (machine, LIMN_ERROR_UNSUPPORTED, "a tensor in it has properties of its own, which Limn does not know");
  if (parts[2]->length > LIMN_SAFETENSORS_MAX_DIMS)
    return fail (machine, LIMN_ERROR_FORMAT, "a tensor in it has %u dimensions, at most %d are possible", parts[2]->length,
                 LIMN_SAFETENSORS_MAX_DIMS);
  index = parts[0]->number;
  storage = &g_array_index (machine->storages, Storage, index);
  tensor.dtype = storage->dtype;
  tensor.storage_elements = storage->n;
  tensor.first = parts[1]->number;
  tensor.n_dims = parts[2]->length;
  for (guint i = 0; i < tensor.n_dims; i++)
    {
      const Value *size = item_value (machine, parts[2], i);
      const Value *stride = item_value (machine, parts[3], i);

      if (!is_count (size) || !is_count (stride))
        return damaged (machine, "a tensor has a size or a stride that is not a whole number from 0");
      tensor.dims[i] = size->number;
      tensor.strides[i] = stride->number;
      if (!g_uint64_checked_mul (&tensor.n_elements, tensor.n_elements, tensor.dims[i]))
        return fail (machine, LIMN_ERROR_FORMAT, "a tensor in it would have more than 2^64 elements");
    }
  if (tensor.first > storage->n || !check_strides (&tensor, storage->n - tensor.first))
    return fail (machine, LIMN_ERROR_FORMAT, "a tensor in it leaves the data it is to be made of, or uses parts of them twice");
  if (machine->tensors->len >= LIMN_TORCH_PICKLE_MAX_VALUES / 8) /* each takes 8 values at least, but may be made again from the same */
    return too_much (machine, "tensors");
  g_array_append_val (machine->tensors, tensor);
  g_array_append_val (machine->tensor_storages, index);
  return push_number (machine, KIND_TENSOR, machine->tensors->len - 1);
}

/* From nothing; from [(key, value), …] as Python 2 has it; from another dictionary. */
static gboolean
make_dict (Machine     *machine,
           const Value *arguments,
           Role         role)
{
  guint first = role == ROLE_DEFAULT_DICT ? 1 : 0;
  guint32 from;
  guint32 dict;
  guint n;

  if (arguments->length > first + 1 || (role == ROLE_PARAMETER_DICT && arguments->length > 0))
    return damaged (machine, "a dictionary is not made as PyTorch does");
  if (arguments->length <= first)
    return push_new (machine, (Value) { .kind = KIND_DICT, .role = role == ROLE_PARAMETER_DICT ? role : ROLE_NONE });
  from = item (machine, arguments, first);
  n = get (machine, from)->length;
  if (get (machine, from)->kind != KIND_DICT && get (machine, from)->kind != KIND_LIST)
    return damaged (machine, "a dictionary is not made as PyTorch does");
  if (!push_kind (machine, KIND_DICT))
    return FALSE;
  dict = machine->values->len - 1;
  for (guint i = 0; i < n; i++)
    {
      const Value *pair = item_value (machine, get (machine, from), i);
      guint32 one;

      if (get (machine, from)->kind == KIND_DICT)
        {
          one = item (machine, get (machine, from), i);
          if (!push (machine, one) || !move_into (machine, dict, 1))
            return FALSE;
          continue;
        }
      if ((pair->kind != KIND_TUPLE && pair->kind != KIND_LIST) || pair->length != 2)
        return damaged (machine, "a dictionary is not made of pairs");
      for (guint j = 0; j < 2; j++)
        {
          one = item (machine, item_value (machine, get (machine, from), i), j);
          if (!push (machine, one) || !move_into (machine, dict, 1))
            return FALSE;
        }
    }
  return TRUE;
}

/* All that can be done with a name from the table. */
static gboolean
call (Machine *machine,
      guint32  callee,
      guint32  arguments)
{
  const Value *function = get (machine, callee);
  const Value *tuple = get (machine, arguments);

  if (function->kind != KIND_GLOBAL)
    return fail (machine, LIMN_ERROR_UNSUPPORTED, "it wants to call something that is not one of PyTorch's functions; nothing in it was run");
  if (tuple->kind != KIND_TUPLE)
    return damaged (machine, "arguments are missing");
  switch ((Role) function->role)
    {
    case ROLE_OPAQUE:
      return push_kind (machine, KIND_OPAQUE);
    case ROLE_DICT:
    case ROLE_DEFAULT_DICT:
    case ROLE_PARAMETER_DICT:
      return make_dict (machine, tuple, function->role);
    case ROLE_SIZE:
      if (tuple->length != 1 || item_value (machine, tuple, 0)->kind != KIND_TUPLE)
        return damaged (machine, "a size is not a list of numbers");
      return push (machine, item (machine, tuple, 0));
    case ROLE_TENSOR:
      return make_tensor (machine, tuple);
    case ROLE_PARAMETER:
      if (tuple->length < 1 || item_value (machine, tuple, 0)->kind != KIND_TENSOR)
        return damaged (machine, "a parameter is not a tensor");
      return push (machine, item (machine, tuple, 0));
    case ROLE_NONE:
    case ROLE_STORAGE:
    default:
      return fail (machine, LIMN_ERROR_UNSUPPORTED, "it wants to make data by itself, which PyTorch never writes; nothing in it was run");
    }
}

/* @state becomes what @object holds: of use only where a dictionary of tensors is kept as a module. */
static gboolean
build (Machine *machine,
       guint32  object,
       guint32  state)
{
  Value *value = get (machine, object);
  const Value *from = get (machine, state);

  if (value->kind == KIND_OPAQUE)
    return TRUE;
  if (value->kind != KIND_DICT)
    return damaged (machine, "something is given a state that can have none");
  if (value->role != ROLE_PARAMETER_DICT)
    return TRUE; /* _metadata of a state_dict: versions of its layers */
  if (from->kind != KIND_DICT || value->items != NULL)
    return damaged (machine, "a module's state is not a dictionary");
  for (guint i = 0; i + 1 < from->length; i += 2)
    {
      guint32 inner = item (machine, from, i + 1);

      if (!text_is (item_value (machine, from, i), "_parameters") || get (machine, inner)->kind != KIND_DICT || inner == object)
        continue;
      for (guint j = 0; j < get (machine, inner)->length; j++)
        {
          if (!push (machine, item (machine, get (machine, inner), j)) || !move_into (machine, object, 1))
            return FALSE;
        }
      break;
    }
  return TRUE;
}

static gboolean
push_global (Machine    *machine,
             const char *module,
             gsize       module_length,
             const char *name,
             gsize       name_length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (globals); i++)
    {
      if (strlen (globals[i].module) == module_length && memcmp (globals[i].module, module, module_length) == 0
          && strlen (globals[i].name) == name_length && memcmp (globals[i].name, name, name_length) == 0)
        return push_new (machine, (Value) { .kind = KIND_GLOBAL, .role = globals[i].role, .dtype = globals[i].dtype });
    }
  return refuse (machine, module, module_length, name, name_length);
}

/* ---- instructions ---- */

static gboolean
take (Machine       *machine,
      guint64        n,
      const guint8 **bytes)
{
  if (n > machine->length - machine->place)
    return damaged (machine, "it ends too early");
  *bytes = machine->data + machine->place;
  machine->place += n;
  return TRUE;
}

/* A little-endian number of @n bytes. */
static gboolean
take_number (Machine *machine,
             guint    n,
             guint64 *number)
{
  const guint8 *bytes = NULL;

  if (!take (machine, n, &bytes))
    return FALSE;
  *number = 0;
  for (guint i = 0; i < n; i++)
    *number |= (guint64) bytes[i] << 8 * i;
  return TRUE;
}

static gboolean
take_line (Machine     *machine,
           const char **line,
           gsize       *length)
{
  const guint8 *from = machine->data + machine->place;
  const guint8 *end = memchr (from, '\n', machine->length - machine->place);

  if (end == NULL)
    return damaged (machine, "a name does not end");
  *line = (const char *) from;
  *length = end - from;
  machine->place += *length + 1;
  return TRUE;
}

/* @width bytes of length, then so many bytes. */
static gboolean
push_text (Machine *machine,
           guint    width,
           Kind     kind)
{
  const guint8 *bytes = NULL;
  guint64 n;

  if (!take_number (machine, width, &n) || !take (machine, n, &bytes))
    return FALSE;
  if (kind == KIND_OPAQUE)
    return push_kind (machine, kind);
  return push_new (machine, (Value) { .kind = kind, .length = n, .text = (const char *) bytes });
}

static gboolean
push_long (Machine *machine)
{
  const guint8 *bytes = NULL;
  guint64 n;
  guint64 number = 0;

  if (!take_number (machine, 1, &n) || !take (machine, n, &bytes))
    return FALSE;
  if (n > 8)
    return push_kind (machine, KIND_OPAQUE);
  for (guint i = 0; i < 8; i++)
    number |= (guint64) (i < n ? bytes[i] : n > 0 && (bytes[n - 1] & 0x80) != 0 ? 0xff : 0) << 8 * i;
  return push_number (machine, KIND_INT, (gint64) number);
}

static gboolean
push_tuple (Machine *machine,
            guint    n)
{
  Value value = { .kind = KIND_TUPLE };

  if (height (machine) < n)
    return damaged (machine, "a value is missing");
  if (machine->values->len >= LIMN_TORCH_PICKLE_MAX_VALUES)
    return too_much (machine, "values");
  g_array_append_val (machine->values, value);
  return move_into (machine, machine->values->len - 1, n) && push (machine, machine->values->len - 1);
}

static gboolean
put (Machine *machine,
     guint64  index)
{
  guint32 value;

  if (height (machine) == 0)
    return damaged (machine, "a value is missing");
  if (index >= LIMN_TORCH_PICKLE_MAX_VALUES)
    return too_much (machine, "values");
  if (index >= machine->memo->len)
    g_array_set_size (machine->memo, index + 1);
  value = g_array_index (machine->stack, guint32, machine->stack->len - 1) + 1;
  g_array_index (machine->memo, guint32, index) = value;
  return TRUE;
}

static gboolean
push_kept (Machine *machine,
           guint64  index)
{
  guint32 value = index < machine->memo->len ? g_array_index (machine->memo, guint32, index) : 0;

  if (value == 0)
    return damaged (machine, "something is used again that was never there");
  return push (machine, value - 1);
}

/* The last @n values go into the container under them. */
static gboolean
fill (Machine *machine,
      guint    n,
      Kind     kind)
{
  guint32 container;

  if (height (machine) < n + 1)
    return damaged (machine, "a value is missing");
  if (kind == KIND_DICT && n % 2 != 0)
    return damaged (machine, "a key has no value");
  container = g_array_index (machine->stack, guint32, machine->stack->len - n - 1);
  if (get (machine, container)->kind == KIND_OPAQUE)
    {
      g_array_set_size (machine->stack, machine->stack->len - n);
      return TRUE;
    }
  if (get (machine, container)->kind != kind)
    return damaged (machine, "something is filled that is no container");
  return move_into (machine, container, n);
}

static gboolean
pop_two (Machine *machine,
         guint32 *under,
         guint32 *top)
{
  return pop (machine, top) && pop (machine, under);
}

static gboolean
refuse_op (Machine *machine,
           guint8   op)
{
  for (gsize i = 0; i < G_N_ELEMENTS (foreign_ops); i++)
    {
      if (foreign_ops[i].code == op)
        return fail (machine, LIMN_ERROR_UNSUPPORTED, "it holds the instruction %s, which PyTorch does not write. Nothing in the file was run",
                     foreign_ops[i].name);
    }
  return fail (machine, LIMN_ERROR_FORMAT, "its list of tensors is damaged at byte %" G_GSIZE_FORMAT ": there is no instruction 0x%02x",
               machine->op_place, op);
}

/* One instruction; @done after the last. */
static gboolean
step (Machine  *machine,
      guint8    op,
      gboolean *done)
{
  const guint8 *bytes = NULL;
  const char *lines[2];
  gsize lengths[2];
  guint64 number;
  guint32 a;
  guint32 b;
  guint n;

  switch (op)
    {
    case '.': /* STOP */
      *done = TRUE;
      return TRUE;
    case '(': /* MARK */
      if (machine->marks->len >= LIMN_TORCH_PICKLE_MAX_STACK)
        return too_much (machine, "values at a time");
      n = machine->stack->len;
      g_array_append_val (machine->marks, n);
      return TRUE;
    case 'N': /* NONE */
      return push_kind (machine, KIND_NONE);
    case 0x88: /* NEWTRUE */
    case 0x89: /* NEWFALSE */
      return push_number (machine, KIND_BOOL, op == 0x88);
    case 'J': /* BININT */
      return take_number (machine, 4, &number) && push_number (machine, KIND_INT, (gint32) number);
    case 'K': /* BININT1 */
      return take_number (machine, 1, &number) && push_number (machine, KIND_INT, number);
    case 'M': /* BININT2 */
      return take_number (machine, 2, &number) && push_number (machine, KIND_INT, number);
    case 0x8a: /* LONG1 */
      return push_long (machine);
    case 'G': /* BINFLOAT: of no use here */
      return take (machine, 8, &bytes) && push_kind (machine, KIND_OPAQUE);
    case 'X': /* BINUNICODE */
      return push_text (machine, 4, KIND_TEXT);
    case 0x8c: /* SHORT_BINUNICODE */
      return push_text (machine, 1, KIND_TEXT);
    case 0x8d: /* BINUNICODE8 */
      return push_text (machine, 8, KIND_TEXT);
    case 'U': /* SHORT_BINSTRING: Python 2's texts */
      return push_text (machine, 1, KIND_TEXT);
    case 'T': /* BINSTRING */
      return push_text (machine, 4, KIND_TEXT);
    case 'C': /* SHORT_BINBYTES */
      return push_text (machine, 1, KIND_OPAQUE);
    case 'B': /* BINBYTES */
      return push_text (machine, 4, KIND_OPAQUE);
    case 0x8e: /* BINBYTES8 */
      return push_text (machine, 8, KIND_OPAQUE);
    case ')': /* EMPTY_TUPLE */
      return push_tuple (machine, 0);
    case 0x85: /* TUPLE1 */
    case 0x86: /* TUPLE2 */
    case 0x87: /* TUPLE3 */
      return push_tuple (machine, op - 0x84);
    case 't': /* TUPLE */
      return pop_mark (machine, &n) && push_tuple (machine, n);
    case ']': /* EMPTY_LIST */
      return push_kind (machine, KIND_LIST);
    case '}': /* EMPTY_DICT */
      return push_kind (machine, KIND_DICT);
    case 0x8f: /* EMPTY_SET */
      return push_kind (machine, KIND_OPAQUE);
    case 'a': /* APPEND */
      return fill (machine, 1, KIND_LIST);
    case 'e': /* APPENDS */
      return pop_mark (machine, &n) && fill (machine, n, KIND_LIST);
    case 's': /* SETITEM */
      return fill (machine, 2, KIND_DICT);
    case 'u': /* SETITEMS */
      return pop_mark (machine, &n) && fill (machine, n, KIND_DICT);
    case 0x90: /* ADDITEMS */
      return pop_mark (machine, &n) && fill (machine, n, KIND_OPAQUE);
    case 'q': /* BINPUT */
      return take_number (machine, 1, &number) && put (machine, number);
    case 'r': /* LONG_BINPUT */
      return take_number (machine, 4, &number) && put (machine, number);
    case 0x94: /* MEMOIZE */
      return put (machine, machine->memo->len);
    case 'h': /* BINGET */
      return take_number (machine, 1, &number) && push_kept (machine, number);
    case 'j': /* LONG_BINGET */
      return take_number (machine, 4, &number) && push_kept (machine, number);
    case 'c': /* GLOBAL */
      return take_line (machine, &lines[0], &lengths[0]) && take_line (machine, &lines[1], &lengths[1])
             && push_global (machine, lines[0], lengths[0], lines[1], lengths[1]);
    case 0x93: /* STACK_GLOBAL */
      if (!pop_two (machine, &a, &b))
        return FALSE;
      if (get (machine, a)->kind != KIND_TEXT || get (machine, b)->kind != KIND_TEXT)
        return damaged (machine, "a name is no text");
      return push_global (machine, get (machine, a)->text, get (machine, a)->length, get (machine, b)->text, get (machine, b)->length);
    case 'Q': /* BINPERSID */
      return pop (machine, &a) && make_storage (machine, a);
    case 'R': /* REDUCE */
    case 0x81: /* NEWOBJ */
      return pop_two (machine, &a, &b) && call (machine, a, b);
    case 'b': /* BUILD */
      if (!pop_two (machine, &a, &b) || !build (machine, a, b))
        return FALSE;
      return push (machine, a);
    case 0x95: /* FRAME: says what can be read ahead */
      if (!take_number (machine, 8, &number))
        return FALSE;
      return number <= machine->length - machine->place || damaged (machine, "it ends too early");
    default:
      return refuse_op (machine, op);
    }
}

static gboolean
run (Machine *machine,
     guint32 *result)
{
  gboolean done = FALSE;

  if (machine->length < 2 || machine->data[0] != 0x80)
    return fail (machine, LIMN_ERROR_FORMAT, "its list of tensors is no pickle");
  if (machine->data[1] < 2 || machine->data[1] > 4)
    return fail (machine, LIMN_ERROR_UNSUPPORTED, "its list of tensors is written by protocol %u of Python's pickles; PyTorch writes 2 to 4",
                 machine->data[1]);
  machine->place = 2;
  while (!done)
    {
      if (machine->place >= machine->length)
        return damaged (machine, "it ends too early");
      machine->op_place = machine->place;
      if (!step (machine, machine->data[machine->place++], &done))
        return FALSE;
    }
  if (machine->place != machine->length)
    return damaged (machine, "more follows after its end");
  if (machine->marks->len > 0 || machine->stack->len != 1)
    return damaged (machine, "its end is not the end of all it began");
  return pop (machine, result);
}

/* ---- what came of it ---- */

/* A key as part of a name; FALSE: it cannot be one. */
static gboolean
is_name (const Value *key)
{
  return key->kind == KIND_TEXT && key->length > 0 && memchr (key->text, 0, key->length) == NULL
         && g_utf8_validate (key->text, key->length, NULL);
}

static gboolean
list_tensor (Machine    *machine,
             const char *name,
             guint32     index)
{
  LimnTorchTensor tensor = g_array_index (machine->tensors, LimnTorchTensor, index);
  const Storage *storage = &g_array_index (machine->storages, Storage, g_array_index (machine->tensor_storages, guint32, index));

  if (memchr (storage->key, 0, storage->key_length) != NULL || !g_utf8_validate (storage->key, storage->key_length, NULL))
    return fail (machine, LIMN_ERROR_FORMAT, "tensor “%s” is to be made of data whose name is no text", name);
  tensor.name = g_string_chunk_insert (machine->out->texts, name);
  tensor.storage = g_string_chunk_insert_len (machine->out->texts, storage->key, storage->key_length);
  g_array_append_val (machine->out->tensors, tensor);
  return TRUE;
}

static gboolean
walk (Machine    *machine,
      guint32     dict,
      GString    *prefix,
      guint       depth)
{
  gsize base = prefix->len;

  if (depth > LIMN_TORCH_PICKLE_MAX_DEPTH)
    return too_much (machine, "dictionaries in dictionaries");
  for (guint i = 0; i + 1 < get (machine, dict)->length; i += 2)
    {
      const Value *key = item_value (machine, get (machine, dict), i);
      guint32 index = item (machine, get (machine, dict), i + 1);
      const Value *value = get (machine, index);

      /* Without dictionaries that stand in many places it is half of the places filled. A file of 1 KB can be a tree of 12^7. */
      if (++machine->n_visited > machine->n_items)
        return too_much (machine, "values");
      if ((value->kind != KIND_TENSOR && value->kind != KIND_DICT) || key->kind != KIND_TEXT)
        continue;
      /* Before it is looked at: a long key may stand in a million places. */
      if (key->length > LIMN_TORCH_PICKLE_MAX_NAME_BYTES - MIN (base + 1, LIMN_TORCH_PICKLE_MAX_NAME_BYTES))
        return too_much (machine, "letters in a name");
      if (!is_name (key))
        continue;
      g_string_append_len (prefix, key->text, key->length);
      if (value->kind == KIND_DICT)
        {
          g_string_append_c (prefix, '.');
          if (!walk (machine, index, prefix, depth + 1))
            return FALSE;
        }
      else
        {
          machine->names_bytes += prefix->len + 1;
          if (machine->names_bytes > LIMN_TORCH_PICKLE_MAX_NAMES_BYTES)
            return too_much (machine, "letters in names");
          if (!list_tensor (machine, prefix->str, value->number))
            return FALSE;
        }
      g_string_truncate (prefix, base);
    }
  return TRUE;
}

static void
note_facts (Machine *machine,
            guint32  dict)
{
  const Value *root = get (machine, dict);

  for (guint i = 0; i + 1 < root->length && g_hash_table_size (machine->out->facts) < MAX_FACTS; i += 2)
    {
      const Value *key = item_value (machine, root, i);
      const Value *value = item_value (machine, root, i + 1);
      char *name;

      if (key->length > MAX_FACT_BYTES || !is_name (key))
        continue;
      name = g_strndup (key->text, key->length);
      if (value->kind == KIND_INT)
        g_hash_table_insert (machine->out->facts, name, g_strdup_printf ("%" G_GINT64_FORMAT, value->number));
      else if (value->length <= MAX_FACT_BYTES && is_name (value))
        g_hash_table_insert (machine->out->facts, name, g_strndup (value->text, value->length));
      else
        g_free (name);
    }
}

static gboolean
check_names (Machine *machine)
{
  guint n = machine->out->tensors->len;
  g_autofree const char **names = g_new (const char *, n);
  g_autoptr(LimnNameIndex) index = NULL;
  const char *twice;

  for (guint i = 0; i < n; i++)
    names[i] = g_array_index (machine->out->tensors, LimnTorchTensor, i).name;
  index = limn_name_index_new (names, n);
  twice = limn_name_index_find_double (index);
  return twice == NULL || fail (machine, LIMN_ERROR_FORMAT, "there are two tensors “%s” in it", twice);
}

static gboolean
list_all (Machine *machine,
          guint32  root)
{
  g_autoptr(GString) prefix = g_string_new (NULL);
  const Value *value = get (machine, root);
  guint32 from = root;

  if (value->kind == KIND_TENSOR)
    return fail (machine, LIMN_ERROR_UNSUPPORTED, "it holds a single tensor without a name, and no model");
  if (value->kind != KIND_DICT)
    return fail (machine, LIMN_ERROR_UNSUPPORTED, "what it holds is no list of named tensors");
  note_facts (machine, root);
  for (guint i = 0; i + 1 < value->length; i += 2)
    {
      if (text_is (item_value (machine, value, i), "state_dict") && item_value (machine, value, i + 1)->kind == KIND_DICT)
        from = item (machine, value, i + 1);
    }
  if (!walk (machine, from, prefix, 1))
    return FALSE;
  if (machine->out->tensors->len == 0)
    return fail (machine, LIMN_ERROR_UNSUPPORTED, "there are no named tensors in it");
  return check_names (machine);
}

LimnTorchPickle *
limn_torch_pickle_new (const guint8  *data,
                       gsize          length,
                       const char    *name,
                       GError       **error)
{
  g_autoptr(LimnTorchPickle) self = NULL;
  Machine machine = { .data = data, .length = length, .name = name, .error = error };
  guint32 root = 0;
  gboolean sound;

  g_return_val_if_fail (data != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  self = g_new0 (LimnTorchPickle, 1);
  self->texts = g_string_chunk_new (4096);
  self->tensors = g_array_new (FALSE, FALSE, sizeof (LimnTorchTensor));
  self->facts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (length > LIMN_TORCH_PICKLE_MAX_BYTES)
    {
      fail (&machine, LIMN_ERROR_FORMAT, "its list of tensors would have %" G_GSIZE_FORMAT " bytes, at most %d are allowed", length,
            LIMN_TORCH_PICKLE_MAX_BYTES);
      return NULL;
    }
  machine.out = self;
  machine.values = g_array_new (FALSE, FALSE, sizeof (Value));
  machine.stack = g_array_new (FALSE, FALSE, sizeof (guint32));
  machine.marks = g_array_new (FALSE, FALSE, sizeof (guint32));
  machine.memo = g_array_new (FALSE, TRUE, sizeof (guint32));
  machine.storages = g_array_new (FALSE, FALSE, sizeof (Storage));
  machine.tensors = g_array_new (FALSE, FALSE, sizeof (LimnTorchTensor));
  machine.tensor_storages = g_array_new (FALSE, FALSE, sizeof (guint32));
  sound = run (&machine, &root) && list_all (&machine, root);

  for (guint i = 0; i < machine.values->len; i++)
    {
      Value *value = get (&machine, i);

      if (value->kind == KIND_TUPLE || value->kind == KIND_LIST || value->kind == KIND_DICT)
        g_clear_pointer (&value->items, g_array_unref);
    }
  g_array_unref (machine.values);
  g_array_unref (machine.stack);
  g_array_unref (machine.marks);
  g_array_unref (machine.memo);
  g_array_unref (machine.storages);
  g_array_unref (machine.tensors);
  g_array_unref (machine.tensor_storages);
  return sound ? g_steal_pointer (&self) : NULL;
}

void
limn_torch_pickle_free (LimnTorchPickle *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->facts, g_hash_table_unref);
  g_clear_pointer (&self->tensors, g_array_unref);
  g_clear_pointer (&self->texts, g_string_chunk_free);
  g_free (self);
}

guint
limn_torch_pickle_get_n (const LimnTorchPickle *self)
{
  return self->tensors->len;
}

const LimnTorchTensor *
limn_torch_pickle_get_nth (const LimnTorchPickle *self,
                           guint                  i)
{
  g_return_val_if_fail (i < self->tensors->len, NULL);
  return &g_array_index (self->tensors, LimnTorchTensor, i);
}

GHashTable *
limn_torch_pickle_get_facts (const LimnTorchPickle *self)
{
  return self->facts;
}
