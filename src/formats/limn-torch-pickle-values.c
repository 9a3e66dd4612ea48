/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "formats/limn-torch-pickle-private.h"

#include <string.h>

gboolean
limn_pickle_fail (LimnPickleMachine *machine,
                  LimnErrorCode      code,
                  const char        *format,
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

gboolean
limn_pickle_damaged (LimnPickleMachine *machine,
                     const char        *why)
{
  return limn_pickle_fail (machine, LIMN_ERROR_FORMAT, "its list of tensors is damaged at byte %" G_GSIZE_FORMAT ": %s", machine->op_place, why);
}

gboolean
limn_pickle_too_much (LimnPickleMachine *machine,
                      const char        *what)
{
  return limn_pickle_fail (machine, LIMN_ERROR_FORMAT, "its list of tensors has more %s than any model needs", what);
}

LimnPickleValue *
limn_pickle_get (LimnPickleMachine *machine,
                 guint32            index)
{
  return &g_array_index (machine->values, LimnPickleValue, index);
}

gboolean
limn_pickle_push (LimnPickleMachine *machine,
                  guint32            index)
{
  if (machine->stack->len >= LIMN_TORCH_PICKLE_MAX_STACK)
    return limn_pickle_too_much (machine, "values at a time");
  g_array_append_val (machine->stack, index);
  return TRUE;
}

gboolean
limn_pickle_push_new (LimnPickleMachine *machine,
                      LimnPickleValue    value)
{
  if (machine->values->len >= LIMN_TORCH_PICKLE_MAX_VALUES)
    return limn_pickle_too_much (machine, "values");
  g_array_append_val (machine->values, value);
  return limn_pickle_push (machine, machine->values->len - 1);
}

gboolean
limn_pickle_push_kind (LimnPickleMachine *machine,
                       LimnPickleKind     kind)
{
  return limn_pickle_push_new (machine, (LimnPickleValue) { .kind = kind });
}

gboolean
limn_pickle_push_number (LimnPickleMachine *machine,
                         LimnPickleKind     kind,
                         gint64             number)
{
  return limn_pickle_push_new (machine, (LimnPickleValue) { .kind = kind, .number = number });
}

/* How many values there are above the newest mark. */
guint
limn_pickle_height (const LimnPickleMachine *machine)
{
  guint32 floor = machine->marks->len > 0 ? g_array_index (machine->marks, guint32, machine->marks->len - 1) : 0;

  return machine->stack->len - floor;
}

gboolean
limn_pickle_pop (LimnPickleMachine *machine,
                 guint32           *index)
{
  if (limn_pickle_height (machine) == 0)
    return limn_pickle_damaged (machine, "a value is missing");
  *index = g_array_index (machine->stack, guint32, machine->stack->len - 1);
  g_array_set_size (machine->stack, machine->stack->len - 1);
  return TRUE;
}

/* Takes the newest mark away; @n values lie above where it was. */
gboolean
limn_pickle_pop_mark (LimnPickleMachine *machine,
                      guint             *n)
{
  if (machine->marks->len == 0)
    return limn_pickle_damaged (machine, "a mark is missing");
  *n = limn_pickle_height (machine);
  g_array_set_size (machine->marks, machine->marks->len - 1);
  return TRUE;
}

/* The last @n values of the stack go into a container. */
gboolean
limn_pickle_move_into (LimnPickleMachine *machine,
                       guint32            container,
                       guint              n)
{
  LimnPickleValue *value = limn_pickle_get (machine, container);

  if (n == 0)
    return TRUE;
  if (n > LIMN_TORCH_PICKLE_MAX_VALUES - machine->n_items)
    return limn_pickle_too_much (machine, "values");
  machine->n_items += n;
  if (value->items == NULL)
    value->items = g_array_sized_new (FALSE, FALSE, sizeof (guint32), n);
  g_array_append_vals (value->items, &g_array_index (machine->stack, guint32, machine->stack->len - n), n);
  value->length = value->items->len;
  g_array_set_size (machine->stack, machine->stack->len - n);
  return TRUE;
}

guint32
limn_pickle_item (LimnPickleMachine     *machine,
                  const LimnPickleValue *value,
                  guint                  i)
{
  return g_array_index (value->items, guint32, i);
}

const LimnPickleValue *
limn_pickle_item_value (LimnPickleMachine     *machine,
                        const LimnPickleValue *value,
                        guint                  i)
{
  return limn_pickle_get (machine, limn_pickle_item (machine, value, i));
}

gboolean
limn_pickle_text_is (const LimnPickleValue *value,
                     const char            *text)
{
  return value->kind == LIMN_PICKLE_TEXT && value->length == strlen (text) && memcmp (value->text, text, value->length) == 0;
}

