/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-prompt-bar.h"

struct _LimnPromptBar
{
  GtkWidget   parent_instance;

  LimnStudio *studio;
};

G_DEFINE_FINAL_TYPE (LimnPromptBar, limn_prompt_bar, GTK_TYPE_WIDGET)

static void
limn_prompt_bar_dispose (GObject *object)
{
  LimnPromptBar *self = LIMN_PROMPT_BAR (object);

  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_prompt_bar_parent_class)->dispose (object);
}

static void
limn_prompt_bar_class_init (LimnPromptBarClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_prompt_bar_dispose;
}

static void
limn_prompt_bar_init (LimnPromptBar *self)
{
}

void
limn_prompt_bar_set_studio (LimnPromptBar *self, LimnStudio *studio)
{
  g_set_object (&self->studio, studio);
}
