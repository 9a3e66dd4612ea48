/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-json.h"
#include "image/limn-control-map.h"
#include "session/limn-json-text.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* ControlNets of one picture; each costs half as much as the UNet. */
#define LIMN_REQUEST_MAX_CONTROLS 8
/* Past 2 pictures fall apart. */
#define LIMN_CONTROL_MAX_STRENGTH 2.0

/**
 * LimnRequestControl:
 * @model: path of a ControlNet: a file, or a folder
 * @picture: id in the stash: limn_image_hash(): what to draw by. Of another shape than the request it is cut to it around its middle
 * @map: what is made of it first
 * @strength: 0..LIMN_CONTROL_MAX_STRENGTH
 * @start, @end: fractions of the steps, 0..1, between which it speaks: step i of n (from 0) where start <= (i + 0.5) / n < end
 *
 * Thread-safety: owner thread.
 */
typedef struct
{
  char               *model;
  char               *picture;
  LimnControlMapKind  map;
  double              strength;
  double              start;
  double              end;
} LimnRequestControl;

/** limn_request_control_new: of strength 1, in all steps, its picture as it is; both are copied. */
LimnRequestControl *limn_request_control_new    (const char                *model,
                                                 const char                *picture);
LimnRequestControl *limn_request_control_copy   (const LimnRequestControl  *control);
void                limn_request_control_free   (LimnRequestControl        *control);
gboolean            limn_request_control_equal  (const LimnRequestControl  *a,
                                                 const LimnRequestControl  *b);

/** limn_request_control_is_active: whether it speaks in step @step, from 0, of @n_steps. */
gboolean            limn_request_control_is_active (const LimnRequestControl *control,
                                                    guint                     step,
                                                    guint                     n_steps);

/** limn_request_control_new_list: (element-type LimnRequestControl): empty: it owns what is added */
GPtrArray          *limn_request_control_new_list  (void);

/** limn_request_controls_to_text: (transfer full): the same for lists that are equal. */
char               *limn_request_controls_to_text  (GPtrArray             *controls);

/* The field LimnRequest.controls as a setting that most requests do not have (limn-request-part.c): @field: GPtrArray **. */
void                limn_request_controls_own      (gpointer               field);
void                limn_request_controls_clear    (gpointer               field);
gboolean            limn_request_controls_equal    (gconstpointer          a,
                                                    gconstpointer          b);
gboolean            limn_request_controls_check    (gconstpointer          field,
                                                    GError               **error);
void                limn_request_controls_write    (gconstpointer          field,
                                                    LimnJsonText          *text,
                                                    const char            *key);
gboolean            limn_request_controls_read     (LimnJson              *json,
                                                    const char            *key,
                                                    gpointer               field,
                                                    GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRequestControl, limn_request_control_free)

G_END_DECLS
