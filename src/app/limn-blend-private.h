/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-blend.h"

G_BEGIN_DECLS

/* @picture: id in the stash; @width, @height: of it, 0: not known yet */
typedef struct
{
  LimnBlendKind  kind;
  char          *picture;
  LimnRequest   *request;
  char          *name;
  LimnImage     *thumbnail;
  guint          width;
  guint          height;
  GCancellable  *reading; /* (nullable) */
} LimnBlendEnd;

struct _LimnBlend
{
  GObject       parent_instance;

  LimnDraft    *draft;
  LimnStash    *stash;
  LimnKeeper   *keeper; /* (nullable) */
  char         *path;   /* (nullable) */
  GCancellable *loading; /* (nullable): what was kept is being read */
  guint         save_source;

  guint         n_ends;
  LimnBlendEnd  ends[LIMN_BLEND_MAX_ENDS];
  LimnBlendWay  way;
  double        strength;
  double        u;
  double        v;
  char         *words;

  LimnRequest  *middle;  /* (nullable): of what "changed" was last said */
  char         *message; /* (nullable) */
  char         *note;    /* (nullable) */
  gboolean      empty;
};

void      limn_blend_end_clear (LimnBlendEnd  *end);

/** limn_blend_update: says what has become of what lies in between. */
void      limn_blend_update    (LimnBlend     *blend);

/* limn-blend-request.c */
/** limn_blend_strip_request: without what is only one picture's own: what is left is words, noise and settings. */
void      limn_blend_strip_request (LimnRequest *request);
/** limn_blend_dup_note: (transfer full) (nullable): what the request leaves out of the ends. */
char     *limn_blend_dup_note  (LimnBlend     *blend);

/* limn-blend-state.c */
/** limn_blend_to_json: (transfer full): all that is kept. */
char     *limn_blend_to_json   (LimnBlend     *blend);
/** limn_blend_load_json: thumbnails are not there yet. Fails with LIMN_ERROR_FORMAT, LIMN_ERROR_INVALID and changes nothing. */
gboolean  limn_blend_load_json (LimnBlend     *blend,
                                const char    *json,
                                GError       **error);

G_END_DECLS
