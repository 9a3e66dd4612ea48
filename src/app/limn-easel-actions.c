/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-easel-private.h"

static const char *const tools[] = { "hand", "brush", "eraser", "lasso", "rectangle", "fill", "grow" };

static void
on_tool (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  const char *name = g_variant_get_string (parameter, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tools); i++)
    if (g_str_equal (tools[i], name))
      g_object_set (data, "tool", i, NULL);
}

static void
on_swap (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnEasel *self = data;

  g_object_set (self, "tool", self->tool == LIMN_TOOL_ERASER ? LIMN_TOOL_BRUSH : LIMN_TOOL_ERASER, NULL);
}

static void
resize_brush (LimnEasel *self, gboolean larger)
{
  g_object_set (self, "brush-size", limn_brush_step_diameter (self->brush_size, larger), NULL);
}

static void
on_smaller (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  resize_brush (data, FALSE);
}

static void
on_larger (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  resize_brush (data, TRUE);
}

static void
on_undo (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnEasel *self = data;

  limn_easel_end_stroke (self);
  limn_mask_undo (self->mask);
  limn_easel_show_marks (self);
}

static void
on_redo (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnEasel *self = data;

  limn_easel_end_stroke (self);
  limn_mask_redo (self->mask);
  limn_easel_show_marks (self);
}

static void
on_show (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnEasel *self = data;

  g_object_set (self, "marks-shown", !self->marks_shown, NULL);
}

static void
on_invert (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnEasel *self = data;

  limn_easel_end_stroke (self);
  limn_mask_invert (self->mask);
  limn_easel_show_marks (self);
}

static void
on_clear (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnEasel *self = data;

  limn_easel_end_stroke (self);
  limn_mask_fill (self->mask, 0);
  limn_easel_show_marks (self);
}

static void
on_spread (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_easel_spread (data, g_variant_get_int32 (parameter));
}

static void
on_soften (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_easel_soften (data, g_variant_get_int32 (parameter));
}

void
limn_easel_install_actions (LimnEasel *self)
{
  static const GActionEntry entries[] = {
    { .name = "tool", .activate = on_tool, .parameter_type = "s", .state = "'hand'" },
    { .name = "swap", .activate = on_swap },
    { .name = "smaller", .activate = on_smaller },
    { .name = "larger", .activate = on_larger },
    { .name = "undo", .activate = on_undo },
    { .name = "redo", .activate = on_redo },
    { .name = "show", .activate = on_show, .state = "true" },
    { .name = "invert", .activate = on_invert },
    { .name = "clear", .activate = on_clear },
    { .name = "spread", .activate = on_spread, .parameter_type = "i" },
    { .name = "soften", .activate = on_soften, .parameter_type = "i" },
  };

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  limn_easel_update_actions (self);
}

static GSimpleAction *
get_action (LimnEasel *self, const char *name)
{
  return G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name));
}

void
limn_easel_update_actions (LimnEasel *self)
{
  static const char *const marking[] = { "tool", "swap", "smaller", "larger", "show" };
  static const char *const whole[] = { "invert", "clear", "spread", "soften" };
  gboolean can = limn_easel_can_mark (self);

  for (guint i = 0; i < G_N_ELEMENTS (marking); i++)
    g_simple_action_set_enabled (get_action (self, marking[i]), can);
  for (guint i = 0; i < G_N_ELEMENTS (whole); i++)
    g_simple_action_set_enabled (get_action (self, whole[i]), self->mask != NULL);
  g_simple_action_set_enabled (get_action (self, "undo"), can && limn_mask_can_undo (self->mask));
  g_simple_action_set_enabled (get_action (self, "redo"), can && limn_mask_can_redo (self->mask));
  g_simple_action_set_state (get_action (self, "tool"), g_variant_new_string (tools[self->tool]));
  g_simple_action_set_state (get_action (self, "show"), g_variant_new_boolean (self->marks_shown));
}
