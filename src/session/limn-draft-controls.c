/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The panel's list lies beside the request, which has those of it that are complete. */
#include "config.h"

#include "session/limn-draft-controls.h"

#include "session/limn-draft-private.h"

static gboolean
is_complete (const LimnRequestControl *control)
{
  return *control->picture && *control->model;
}

static void
tell (LimnDraft *self)
{
  g_clear_pointer (&self->request->controls, g_ptr_array_unref);
  for (guint i = 0; i < self->controls->len; i++)
    if (is_complete (self->controls->pdata[i]))
      {
        if (!self->request->controls)
          self->request->controls = limn_request_control_new_list ();
        g_ptr_array_add (self->request->controls, limn_request_control_copy (self->controls->pdata[i]));
      }
  g_object_notify (G_OBJECT (self), "controls");
}

guint
limn_draft_get_n_controls (LimnDraft *self)
{
  return self->controls->len;
}

const LimnRequestControl *
limn_draft_get_control (LimnDraft *self, guint i)
{
  return self->controls->pdata[i];
}

void
limn_draft_set_control (LimnDraft *self, guint i, const LimnRequestControl *control)
{
  LimnRequestControl *copy;

  if (i >= LIMN_REQUEST_MAX_CONTROLS || i > self->controls->len)
    return;
  if (i < self->controls->len && limn_request_control_equal (self->controls->pdata[i], control))
    return;
  copy = limn_request_control_copy (control);
  if (i < self->controls->len)
    {
      limn_request_control_free (self->controls->pdata[i]);
      self->controls->pdata[i] = copy;
    }
  else
    g_ptr_array_add (self->controls, copy);
  tell (self);
}

void
limn_draft_remove_control (LimnDraft *self, guint i)
{
  g_ptr_array_remove_index (self->controls, i);
  tell (self);
}

void
limn_draft_settle_controls (LimnDraft *self)
{
  g_ptr_array_set_size (self->controls, 0);
  for (guint i = 0; self->request->controls && i < self->request->controls->len; i++)
    g_ptr_array_add (self->controls, limn_request_control_copy (self->request->controls->pdata[i]));
}
