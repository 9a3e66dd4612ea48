/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What the files of limn-torch-pickle share: the machine and its values. Nobody else includes this. */

#include "base/limn-error.h"
#include "formats/limn-torch-pickle.h"

/* Bytes of a storage's name, a number of up to 20 digits. */
#define LIMN_PICKLE_MAX_KEY_BYTES 64

/* Bytes of a fact; the longest useful one is a file name. And how many are noted: trainers leave a dozen. */
#define LIMN_PICKLE_MAX_FACT_BYTES 1024
#define LIMN_PICKLE_MAX_FACTS      256

G_BEGIN_DECLS

typedef enum
{
  LIMN_PICKLE_OPAQUE, /* exists, and that is all */
  LIMN_PICKLE_NONE,
  LIMN_PICKLE_BOOL,
  LIMN_PICKLE_INT,
  LIMN_PICKLE_TEXT,
  LIMN_PICKLE_TUPLE,
  LIMN_PICKLE_LIST,
  LIMN_PICKLE_DICT,
  LIMN_PICKLE_GLOBAL,
  LIMN_PICKLE_STORAGE,
  LIMN_PICKLE_TENSOR,
} LimnPickleKind;

/* What a name in the file stands for. */
typedef enum
{
  LIMN_PICKLE_AS_NONE,
  LIMN_PICKLE_AS_OPAQUE,         /* called or not: an opaque value */
  LIMN_PICKLE_AS_DICT,           /* a dictionary, from nothing or from a list of pairs */
  LIMN_PICKLE_AS_DEFAULT_DICT,   /* the same, but what comes first makes missing values */
  LIMN_PICKLE_AS_PARAMETER_DICT, /* a module whose state holds a dictionary of tensors */
  LIMN_PICKLE_AS_SIZE,           /* the tuple it is given */
  LIMN_PICKLE_AS_STORAGE,
  LIMN_PICKLE_AS_TENSOR,
  LIMN_PICKLE_AS_PARAMETER,
} LimnPickleRole;

typedef struct
{
  guint8 kind;
  guint8 role;  /* of a LIMN_PICKLE_GLOBAL; LIMN_PICKLE_AS_PARAMETER_DICT of such a LIMN_PICKLE_DICT */
  guint8 dtype; /* of a LIMN_PICKLE_GLOBAL that is a storage */
  guint32 length;
  union
  {
    gint64 number;    /* LIMN_PICKLE_INT, LIMN_PICKLE_BOOL; index of a storage or tensor */
    const char *text; /* within the data, or static */
    GArray *items;    /* of guint32; of a dictionary: key, value, key, value; NULL: none yet */
  };
} LimnPickleValue;

typedef struct
{
  const char *key;
  guint32 key_length;
  LimnSafetensorsDtype dtype;
  guint64 n;
} LimnPickleStorage;

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
  GArray *values;   /* of LimnPickleValue */
  GArray *stack;    /* of guint32 */
  GArray *marks;    /* of guint32: heights of the stack */
  GArray *memo;     /* of guint32: value + 1, 0: none */
  GArray *storages; /* of LimnPickleStorage */
  GArray *tensors;  /* of LimnTorchTensor, without name and storage */
  GArray *tensor_storages; /* of guint32 */
  guint n_items;
  guint n_visited;
  gsize names_bytes;
  LimnTorchPickle *out;
  GError **error;
} LimnPickleMachine;

/* Errors: “NAME” cannot be read: …; always FALSE. */
gboolean limn_pickle_fail (LimnPickleMachine *machine, LimnErrorCode code, const char *format, ...) G_GNUC_PRINTF (3, 4);
gboolean limn_pickle_damaged (LimnPickleMachine *machine, const char *why);
gboolean limn_pickle_too_much (LimnPickleMachine *machine, const char *what);

/* Values by their numbers. A pointer to one holds until the next is made. */
LimnPickleValue *limn_pickle_get (LimnPickleMachine *machine, guint32 index);
guint32 limn_pickle_item (LimnPickleMachine *machine, const LimnPickleValue *value, guint i);
const LimnPickleValue *limn_pickle_item_value (LimnPickleMachine *machine, const LimnPickleValue *value, guint i);
gboolean limn_pickle_text_is (const LimnPickleValue *value, const char *text);

/* The stack: a number that is there, a new value. */
gboolean limn_pickle_push (LimnPickleMachine *machine, guint32 index);
gboolean limn_pickle_push_new (LimnPickleMachine *machine, LimnPickleValue value);
gboolean limn_pickle_push_kind (LimnPickleMachine *machine, LimnPickleKind kind);
gboolean limn_pickle_push_number (LimnPickleMachine *machine, LimnPickleKind kind, gint64 number);

/* limn_pickle_height: how many values there are above the newest mark; nobody reaches below that. */
guint limn_pickle_height (const LimnPickleMachine *machine);
gboolean limn_pickle_pop (LimnPickleMachine *machine, guint32 *index);

/* limn_pickle_pop_mark: takes the newest mark away; @n values lie above where it was. */
gboolean limn_pickle_pop_mark (LimnPickleMachine *machine, guint *n);

/* limn_pickle_move_into: the last @n values of the stack go into a container. */
gboolean limn_pickle_move_into (LimnPickleMachine *machine, guint32 container, guint n);

/* What can be made, and all that can be done with a name from the file (limn-torch-pickle-make.c). What they make is on the stack then. */
gboolean limn_pickle_push_global (LimnPickleMachine *machine, const char *module, gsize module_length, const char *name, gsize name_length);
gboolean limn_pickle_make_storage (LimnPickleMachine *machine, guint32 id);
gboolean limn_pickle_call (LimnPickleMachine *machine, guint32 callee, guint32 arguments);
gboolean limn_pickle_build (LimnPickleMachine *machine, guint32 object, guint32 state);

/* limn_pickle_list_all: what came of it: tensors by name, and facts, into @machine->out (limn-torch-pickle-list.c). */
gboolean limn_pickle_list_all (LimnPickleMachine *machine, guint32 root);

G_END_DECLS
