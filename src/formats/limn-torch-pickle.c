/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values are numbers of places in one array, and containers hold such numbers: so a value may stand in many places, even
 * in itself, at no cost, and nothing is ever freed before the end. Instructions look at no more than the top of the
 * stack, and nothing recurses while the program runs; the one walk that does, from the outermost dictionary to its
 * tensors, counts its steps and its depth.
 *
 * This file knows the instructions; limn-torch-pickle-values.c the stack and the containers, -make.c what can be made, and -list.c the walk.
 */
#include "config.h"

#include "formats/limn-torch-pickle-private.h"

#include <string.h>

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

static gboolean
take (LimnPickleMachine  *machine,
      guint64             n,
      const guint8      **bytes)
{
  if (n > machine->length - machine->place)
    return limn_pickle_damaged (machine, "it ends too early");
  *bytes = machine->data + machine->place;
  machine->place += n;
  return TRUE;
}

/* A little-endian number of @n bytes. */
static gboolean
take_number (LimnPickleMachine *machine,
             guint              n,
             guint64           *number)
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
take_line (LimnPickleMachine  *machine,
           const char        **line,
           gsize              *length)
{
  const guint8 *from = machine->data + machine->place;
  const guint8 *end = memchr (from, '\n', machine->length - machine->place);

  if (end == NULL)
    return limn_pickle_damaged (machine, "a name does not end");
  *line = (const char *) from;
  *length = end - from;
  machine->place += *length + 1;
  return TRUE;
}

/* @width bytes of length, then so many bytes. */
static gboolean
push_text (LimnPickleMachine *machine,
           guint              width,
           LimnPickleKind     kind)
{
  const guint8 *bytes = NULL;
  guint64 n;

  if (!take_number (machine, width, &n) || !take (machine, n, &bytes))
    return FALSE;
  if (kind == LIMN_PICKLE_OPAQUE)
    return limn_pickle_push_kind (machine, kind);
  return limn_pickle_push_new (machine, (LimnPickleValue) { .kind = kind, .length = n, .text = (const char *) bytes });
}

static gboolean
push_long (LimnPickleMachine *machine)
{
  const guint8 *bytes = NULL;
  guint64 n;
  guint64 number = 0;

  if (!take_number (machine, 1, &n) || !take (machine, n, &bytes))
    return FALSE;
  if (n > 8)
    return limn_pickle_push_kind (machine, LIMN_PICKLE_OPAQUE);
  for (guint i = 0; i < 8; i++)
    number |= (guint64) (i < n ? bytes[i] : n > 0 && (bytes[n - 1] & 0x80) != 0 ? 0xff : 0) << 8 * i;
  return limn_pickle_push_number (machine, LIMN_PICKLE_INT, (gint64) number);
}

static gboolean
push_tuple (LimnPickleMachine *machine,
            guint              n)
{
  LimnPickleValue value = { .kind = LIMN_PICKLE_TUPLE };

  if (limn_pickle_height (machine) < n)
    return limn_pickle_damaged (machine, "a value is missing");
  if (machine->values->len >= LIMN_TORCH_PICKLE_MAX_VALUES)
    return limn_pickle_too_much (machine, "values");
  g_array_append_val (machine->values, value);
  return limn_pickle_move_into (machine, machine->values->len - 1, n) && limn_pickle_push (machine, machine->values->len - 1);
}

static gboolean
put (LimnPickleMachine *machine,
     guint64            index)
{
  guint32 value;

  if (limn_pickle_height (machine) == 0)
    return limn_pickle_damaged (machine, "a value is missing");
  if (index >= LIMN_TORCH_PICKLE_MAX_VALUES)
    return limn_pickle_too_much (machine, "values");
  if (index >= machine->memo->len)
    g_array_set_size (machine->memo, index + 1);
  value = g_array_index (machine->stack, guint32, machine->stack->len - 1) + 1;
  g_array_index (machine->memo, guint32, index) = value;
  return TRUE;
}

static gboolean
push_kept (LimnPickleMachine *machine,
           guint64            index)
{
  guint32 value = index < machine->memo->len ? g_array_index (machine->memo, guint32, index) : 0;

  if (value == 0)
    return limn_pickle_damaged (machine, "something is used again that was never there");
  return limn_pickle_push (machine, value - 1);
}

/* The last @n values go into the container under them. */
static gboolean
fill (LimnPickleMachine *machine,
      guint              n,
      LimnPickleKind     kind)
{
  guint32 container;

  if (limn_pickle_height (machine) < n + 1)
    return limn_pickle_damaged (machine, "a value is missing");
  if (kind == LIMN_PICKLE_DICT && n % 2 != 0)
    return limn_pickle_damaged (machine, "a key has no value");
  container = g_array_index (machine->stack, guint32, machine->stack->len - n - 1);
  if (limn_pickle_get (machine, container)->kind == LIMN_PICKLE_OPAQUE)
    {
      g_array_set_size (machine->stack, machine->stack->len - n);
      return TRUE;
    }
  if (limn_pickle_get (machine, container)->kind != kind)
    return limn_pickle_damaged (machine, "something is filled that is no container");
  return limn_pickle_move_into (machine, container, n);
}

static gboolean
pop_two (LimnPickleMachine *machine,
         guint32           *under,
         guint32           *top)
{
  return limn_pickle_pop (machine, top) && limn_pickle_pop (machine, under);
}

static gboolean
refuse_op (LimnPickleMachine *machine,
           guint8             op)
{
  for (gsize i = 0; i < G_N_ELEMENTS (foreign_ops); i++)
    {
      if (foreign_ops[i].code == op)
        return limn_pickle_fail (machine, LIMN_ERROR_UNSUPPORTED,
                                 "it holds the instruction %s, which PyTorch does not write. Nothing in the file was run",
                                 foreign_ops[i].name);
    }
  return limn_pickle_fail (machine, LIMN_ERROR_FORMAT, "its list of tensors is damaged at byte %" G_GSIZE_FORMAT ": there is no instruction 0x%02x",
                           machine->op_place, op);
}

/* One instruction; @done after the last. */
static gboolean
step (LimnPickleMachine *machine,
      guint8             op,
      gboolean          *done)
{
  const guint8 *bytes = NULL;
  const char *lines[2] = { NULL, NULL };
  gsize lengths[2] = { 0, 0 };
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
        return limn_pickle_too_much (machine, "values at a time");
      n = machine->stack->len;
      g_array_append_val (machine->marks, n);
      return TRUE;
    case 'N': /* NONE */
      return limn_pickle_push_kind (machine, LIMN_PICKLE_NONE);
    case 0x88: /* NEWTRUE */
    case 0x89: /* NEWFALSE */
      return limn_pickle_push_number (machine, LIMN_PICKLE_BOOL, op == 0x88);
    case 'J': /* BININT */
      return take_number (machine, 4, &number) && limn_pickle_push_number (machine, LIMN_PICKLE_INT, (gint32) number);
    case 'K': /* BININT1 */
      return take_number (machine, 1, &number) && limn_pickle_push_number (machine, LIMN_PICKLE_INT, number);
    case 'M': /* BININT2 */
      return take_number (machine, 2, &number) && limn_pickle_push_number (machine, LIMN_PICKLE_INT, number);
    case 0x8a: /* LONG1 */
      return push_long (machine);
    case 'G': /* BINFLOAT: of no use here */
      return take (machine, 8, &bytes) && limn_pickle_push_kind (machine, LIMN_PICKLE_OPAQUE);
    case 'X': /* BINUNICODE */
      return push_text (machine, 4, LIMN_PICKLE_TEXT);
    case 0x8c: /* SHORT_BINUNICODE */
      return push_text (machine, 1, LIMN_PICKLE_TEXT);
    case 0x8d: /* BINUNICODE8 */
      return push_text (machine, 8, LIMN_PICKLE_TEXT);
    case 'U': /* SHORT_BINSTRING: Python 2's texts */
      return push_text (machine, 1, LIMN_PICKLE_TEXT);
    case 'T': /* BINSTRING */
      return push_text (machine, 4, LIMN_PICKLE_TEXT);
    case 'C': /* SHORT_BINBYTES */
      return push_text (machine, 1, LIMN_PICKLE_OPAQUE);
    case 'B': /* BINBYTES */
      return push_text (machine, 4, LIMN_PICKLE_OPAQUE);
    case 0x8e: /* BINBYTES8 */
      return push_text (machine, 8, LIMN_PICKLE_OPAQUE);
    case ')': /* EMPTY_TUPLE */
      return push_tuple (machine, 0);
    case 0x85: /* TUPLE1 */
    case 0x86: /* TUPLE2 */
    case 0x87: /* TUPLE3 */
      return push_tuple (machine, op - 0x84);
    case 't': /* TUPLE */
      return limn_pickle_pop_mark (machine, &n) && push_tuple (machine, n);
    case ']': /* EMPTY_LIST */
      return limn_pickle_push_kind (machine, LIMN_PICKLE_LIST);
    case '}': /* EMPTY_DICT */
      return limn_pickle_push_kind (machine, LIMN_PICKLE_DICT);
    case 0x8f: /* EMPTY_SET */
      return limn_pickle_push_kind (machine, LIMN_PICKLE_OPAQUE);
    case 'a': /* APPEND */
      return fill (machine, 1, LIMN_PICKLE_LIST);
    case 'e': /* APPENDS */
      return limn_pickle_pop_mark (machine, &n) && fill (machine, n, LIMN_PICKLE_LIST);
    case 's': /* SETITEM */
      return fill (machine, 2, LIMN_PICKLE_DICT);
    case 'u': /* SETITEMS */
      return limn_pickle_pop_mark (machine, &n) && fill (machine, n, LIMN_PICKLE_DICT);
    case 0x90: /* ADDITEMS */
      return limn_pickle_pop_mark (machine, &n) && fill (machine, n, LIMN_PICKLE_OPAQUE);
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
             && limn_pickle_push_global (machine, lines[0], lengths[0], lines[1], lengths[1]);
    case 0x93: /* STACK_GLOBAL */
      if (!pop_two (machine, &a, &b))
        return FALSE;
      if (limn_pickle_get (machine, a)->kind != LIMN_PICKLE_TEXT || limn_pickle_get (machine, b)->kind != LIMN_PICKLE_TEXT)
        return limn_pickle_damaged (machine, "a name is no text");
      return limn_pickle_push_global (machine, limn_pickle_get (machine, a)->text, limn_pickle_get (machine, a)->length,
                                      limn_pickle_get (machine, b)->text, limn_pickle_get (machine, b)->length);
    case 'Q': /* BINPERSID */
      return limn_pickle_pop (machine, &a) && limn_pickle_make_storage (machine, a);
    case 'R': /* REDUCE */
    case 0x81: /* NEWOBJ */
      return pop_two (machine, &a, &b) && limn_pickle_call (machine, a, b);
    case 'b': /* BUILD */
      if (!pop_two (machine, &a, &b) || !limn_pickle_build (machine, a, b))
        return FALSE;
      return limn_pickle_push (machine, a);
    case 0x95: /* FRAME: says what can be read ahead */
      if (!take_number (machine, 8, &number))
        return FALSE;
      return number <= machine->length - machine->place || limn_pickle_damaged (machine, "it ends too early");
    default:
      return refuse_op (machine, op);
    }
}

static gboolean
run (LimnPickleMachine *machine,
     guint32           *result)
{
  gboolean done = FALSE;

  if (machine->length < 2 || machine->data[0] != 0x80)
    return limn_pickle_fail (machine, LIMN_ERROR_FORMAT, "its list of tensors is no pickle");
  if (machine->data[1] < 2 || machine->data[1] > 4)
    return limn_pickle_fail (machine, LIMN_ERROR_UNSUPPORTED,
                             "its list of tensors is written by protocol %u of Python's pickles; PyTorch writes 2 to 4",
                             machine->data[1]);
  machine->place = 2;
  while (!done)
    {
      if (machine->place >= machine->length)
        return limn_pickle_damaged (machine, "it ends too early");
      machine->op_place = machine->place;
      if (!step (machine, machine->data[machine->place++], &done))
        return FALSE;
    }
  if (machine->place != machine->length)
    return limn_pickle_damaged (machine, "more follows after its end");
  if (machine->marks->len > 0 || machine->stack->len != 1)
    return limn_pickle_damaged (machine, "its end is not the end of all it began");
  return limn_pickle_pop (machine, result);
}

LimnTorchPickle *
limn_torch_pickle_new (const guint8  *data,
                       gsize          length,
                       const char    *name,
                       GError       **error)
{
  g_autoptr(LimnTorchPickle) self = NULL;
  LimnPickleMachine machine = { .data = data, .length = length, .name = name, .error = error };
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
      limn_pickle_fail (&machine, LIMN_ERROR_FORMAT, "its list of tensors would have %" G_GSIZE_FORMAT " bytes, at most %d are allowed", length,
                        LIMN_TORCH_PICKLE_MAX_BYTES);
      return NULL;
    }
  machine.out = self;
  machine.values = g_array_new (FALSE, FALSE, sizeof (LimnPickleValue));
  machine.stack = g_array_new (FALSE, FALSE, sizeof (guint32));
  machine.marks = g_array_new (FALSE, FALSE, sizeof (guint32));
  machine.memo = g_array_new (FALSE, TRUE, sizeof (guint32));
  machine.storages = g_array_new (FALSE, FALSE, sizeof (LimnPickleStorage));
  machine.tensors = g_array_new (FALSE, FALSE, sizeof (LimnTorchTensor));
  machine.tensor_storages = g_array_new (FALSE, FALSE, sizeof (guint32));
  sound = run (&machine, &root) && limn_pickle_list_all (&machine, root);

  for (guint i = 0; i < machine.values->len; i++)
    {
      LimnPickleValue *value = limn_pickle_get (&machine, i);

      if (value->kind == LIMN_PICKLE_TUPLE || value->kind == LIMN_PICKLE_LIST || value->kind == LIMN_PICKLE_DICT)
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
