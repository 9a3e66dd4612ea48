/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Colours are text tags. Between an edit and the new count, a tenth of a second, they stand where they stood and move with the text; an
 * answer that comes for a text that is no longer there is cancelled. */
#include "config.h"

#include "app/limn-prompt-entry.h"

#include "formats/limn-prompt-weight.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

/* Pause in typing after which the tokens are counted. */
#define COUNT_MS 80

/* Strengths of colour, for more and for less weight. The last is reached at 1.5 and 0.5, where pictures begin to break. */
#define N_TONES 6
#define FULL_TONE 0.5

typedef struct
{
  GdkRGBA more;
  GdkRGBA less;
} Tones;

/* Behind the text, never the text itself: with alpha up to 0.42 both styles keep a contrast of 7:1 or better. Orange and blue, which
 * everybody can tell apart. */
static const Tones tones_light = { { 1.0, 0.57, 0.18, 1 }, { 0.35, 0.62, 0.98, 1 } };
static const Tones tones_dark = { { 0.95, 0.45, 0.05, 1 }, { 0.15, 0.45, 0.9, 1 } };

struct _LimnPromptEntry
{
  GtkWidget         parent_instance;

  GtkWidget        *box;
  GtkScrolledWindow *scroller;
  GtkTextView      *view;
  GtkLabel         *placeholder;
  GtkLabel         *count;

  GtkTextBuffer    *buffer; /* of the view */
  GtkTextTag       *more[N_TONES];
  GtkTextTag       *less[N_TONES];
  GtkTextTag       *cut;
  gboolean          replacing;
  char             *text;
  char             *label;
  guint             min_lines;
  guint             max_lines;

  LimnTokenCounter *counter; /* (nullable) */
  char             *model;   /* (nullable) */
  LimnPromptSyntax  syntax;
  guint             count_source;
  GCancellable     *counting; /* (nullable) */
};

enum
{
  PROP_0,
  PROP_TEXT,
  PROP_PLACEHOLDER,
  PROP_LABEL,
  PROP_MIN_LINES,
  PROP_MAX_LINES,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (LimnPromptEntry, limn_prompt_entry, GTK_TYPE_WIDGET)

/* --- Colours --- */

static void
colour_tag (GtkTextTag *tag, const GdkRGBA *colour, guint tone)
{
  GdkRGBA background = *colour;

  background.alpha = 0.12 + 0.3 * tone / (N_TONES - 1);
  g_object_set (tag, "background-rgba", &background, NULL);
}

static void
update_colours (LimnPromptEntry *self)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  const Tones *tones = dark ? &tones_dark : &tones_light;
  GdkRGBA grey = { dark, dark, dark, 0.42 };

  for (guint i = 0; i < N_TONES; i++)
    {
      colour_tag (self->more[i], &tones->more, i);
      colour_tag (self->less[i], &tones->less, i);
    }
  g_object_set (self->cut, "foreground-rgba", &grey, NULL);
}

static void
make_tags (LimnPromptEntry *self)
{
  for (guint i = 0; i < N_TONES; i++)
    {
      self->more[i] = gtk_text_buffer_create_tag (self->buffer, NULL, NULL);
      self->less[i] = gtk_text_buffer_create_tag (self->buffer, NULL, NULL);
    }
  /* Struck out too: grey alone is hard to see on some screens. */
  self->cut = gtk_text_buffer_create_tag (self->buffer, NULL, "strikethrough", TRUE, NULL);
}

/* (nullable) */
static GtkTextTag *
find_tag (LimnPromptEntry *self, const LimnPromptToken *token)
{
  double distance = fabs (token->weight - 1.0);
  guint tone = (guint) MIN (distance / FULL_TONE * (N_TONES - 1), N_TONES - 1);

  if (token->chunk < 0)
    return self->cut;
  if (distance < 1e-4)
    return NULL;
  return token->weight > 1 ? self->more[tone] : self->less[tone];
}

static void
clear_tags (LimnPromptEntry *self)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  for (guint i = 0; i < N_TONES; i++)
    {
      gtk_text_buffer_remove_tag (self->buffer, self->more[i], &start, &end);
      gtk_text_buffer_remove_tag (self->buffer, self->less[i], &start, &end);
    }
  gtk_text_buffer_remove_tag (self->buffer, self->cut, &start, &end);
}

/* Tokens that wear the same tag are one run, with the space between them. Their places only grow, so that bytes are counted as characters
 * in one pass; where two tokens share a character, the second begins at the first one's end. */
static void
apply_tags (LimnPromptEntry *self, const LimnPrompt *prompt)
{
  guint32 byte = 0;
  int character = 0;

  clear_tags (self);
  for (guint i = 0; i < prompt->n_tokens;)
    {
      GtkTextTag *tag = find_tag (self, &prompt->tokens[i]);
      guint32 from = MAX (prompt->tokens[i].start, byte);
      guint32 to = prompt->tokens[i].end;
      GtkTextIter start, end;

      for (i++; i < prompt->n_tokens && find_tag (self, &prompt->tokens[i]) == tag; i++)
        to = prompt->tokens[i].end;
      if (!tag || to <= from)
        continue;
      character += g_utf8_strlen (self->text + byte, from - byte);
      gtk_text_buffer_get_iter_at_offset (self->buffer, &start, character);
      character += g_utf8_strlen (self->text + from, to - from);
      gtk_text_buffer_get_iter_at_offset (self->buffer, &end, character);
      byte = to;
      gtk_text_buffer_apply_tag (self->buffer, tag, &start, &end);
    }
}

/* --- Counting --- */

static void
show_count (LimnPromptEntry *self, const LimnPrompt *prompt)
{
  guint room = prompt->n_chunks * LIMN_PROMPT_CHUNK_TOKENS;
  /* Translators: tokens of the prompt, then how many the model reads. */
  g_autofree char *text = g_strdup_printf (_("%u/%u"), prompt->n_tokens, room);
  g_autofree char *tip = NULL;

  if (prompt->n_cut > 0)
    tip = g_strdup_printf (ngettext ("Pieces of words (tokens) in this text. The model does not see the last one; it is struck out.",
                                     "Pieces of words (tokens) in this text. The model does not see the last %u; they are struck out.",
                                     prompt->n_cut), prompt->n_cut);
  else if (prompt->n_chunks > 1)
    tip = g_strdup_printf (_("Pieces of words (tokens) in this text. The model reads %u at a time, so this text is read in %u parts."),
                           LIMN_PROMPT_CHUNK_TOKENS, prompt->n_chunks);
  else
    tip = g_strdup_printf (_("Pieces of words (tokens) in this text, of the %u that the model reads at a time."),
                           LIMN_PROMPT_CHUNK_TOKENS);
  gtk_label_set_label (self->count, text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->count), tip);
  if (prompt->n_cut > 0)
    gtk_widget_add_css_class (GTK_WIDGET (self->count), "warning");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->count), "warning");
}

static void
on_counted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnPromptEntry) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnPrompt) prompt = limn_token_counter_count_finish (self->counter, result, &error);
  g_autofree char *message = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->counting);
  if (prompt)
    {
      show_count (self, prompt);
      apply_tags (self, prompt);
      return;
    }
  /* The panel of the model says what is wrong with the model; a text that cannot be read is said here. */
  clear_tags (self);
  gtk_label_set_label (self->count, "");
  message = g_utf8_make_valid (error->message, -1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->count), message);
}

static void
stop_counting (LimnPromptEntry *self)
{
  g_clear_handle_id (&self->count_source, g_source_remove);
  if (self->counting)
    g_cancellable_cancel (self->counting);
  g_clear_object (&self->counting);
}

static gboolean
on_count (gpointer data)
{
  LimnPromptEntry *self = data;

  self->count_source = 0;
  self->counting = g_cancellable_new ();
  limn_token_counter_count_async (self->counter, self->model, self->text, self->syntax, self->counting, on_counted,
                                  g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
count_soon (LimnPromptEntry *self)
{
  stop_counting (self);
  if (self->counter)
    self->count_source = g_timeout_add (COUNT_MS, on_count, self);
}

/* --- The text --- */

static void
on_buffer_changed (LimnPromptEntry *self)
{
  GtkTextIter start, end;

  if (self->replacing)
    return;
  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  g_free (self->text);
  self->text = gtk_text_buffer_get_text (self->buffer, &start, &end, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->placeholder), *self->text == '\0');
  count_soon (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXT]);
}

/* As one edit, which undo takes back. Nobody sees the text without what was there and what comes. */
static void
replace_text (LimnPromptEntry *self, int from, int to, const char *text)
{
  GtkTextIter start, end;

  self->replacing = TRUE;
  gtk_text_buffer_begin_user_action (self->buffer);
  gtk_text_buffer_get_iter_at_offset (self->buffer, &start, from);
  gtk_text_buffer_get_iter_at_offset (self->buffer, &end, to);
  gtk_text_buffer_delete (self->buffer, &start, &end);
  gtk_text_buffer_insert (self->buffer, &start, text, -1);
  gtk_text_buffer_end_user_action (self->buffer);
  self->replacing = FALSE;
  on_buffer_changed (self);
}

static gsize
to_byte (LimnPromptEntry *self, const GtkTextIter *iter)
{
  return g_utf8_offset_to_pointer (self->text, gtk_text_iter_get_offset (iter)) - self->text;
}

static int
to_character (LimnPromptEntry *self, gsize byte)
{
  return g_utf8_pointer_to_offset (self->text, self->text + byte);
}

void
limn_prompt_entry_weigh (LimnPromptEntry *self, int n_steps)
{
  g_auto(LimnPromptEdit) edit = { 0 };
  GtkTextIter start, end;

  if (self->syntax != LIMN_PROMPT_A1111)
    return;
  gtk_text_buffer_get_selection_bounds (self->buffer, &start, &end);
  if (!limn_prompt_weigh (self->text, to_byte (self, &start), to_byte (self, &end), n_steps, &edit))
    {
      gtk_widget_error_bell (GTK_WIDGET (self));
      return;
    }
  replace_text (self, to_character (self, edit.start), to_character (self, edit.end), edit.text);
  gtk_text_buffer_get_iter_at_offset (self->buffer, &start, to_character (self, edit.select_start));
  gtk_text_buffer_get_iter_at_offset (self->buffer, &end, to_character (self, edit.select_end));
  gtk_text_buffer_select_range (self->buffer, &end, &start);
  gtk_text_view_scroll_mark_onscreen (self->view, gtk_text_buffer_get_insert (self->buffer));
}

static gboolean
on_weigh (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  limn_prompt_entry_weigh (data, g_variant_get_int32 (arguments));
  return TRUE;
}

/* --- Its height --- */

static void
update_height (LimnPromptEntry *self)
{
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (self->view));
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  int line = PANGO_PIXELS_CEIL (pango_font_metrics_get_height (metrics));
  int around = gtk_text_view_get_top_margin (self->view) + gtk_text_view_get_bottom_margin (self->view);

  pango_font_metrics_unref (metrics);
  /* In this order, lest the least be above the most for a moment. */
  gtk_scrolled_window_set_max_content_height (self->scroller, -1);
  gtk_scrolled_window_set_min_content_height (self->scroller, self->min_lines * line + around);
  gtk_scrolled_window_set_max_content_height (self->scroller, MAX (self->min_lines, self->max_lines) * line + around);
}

static void
limn_prompt_entry_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (limn_prompt_entry_parent_class)->css_changed (widget, change);
  update_height (LIMN_PROMPT_ENTRY (widget));
}

/* GTK's own would grab the focus once more where Shift+Tab wants to leave. */
static gboolean
limn_prompt_entry_focus (GtkWidget *widget, GtkDirectionType direction)
{
  return gtk_widget_child_focus (LIMN_PROMPT_ENTRY (widget)->box, direction);
}

static gboolean
limn_prompt_entry_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (LIMN_PROMPT_ENTRY (widget)->view));
}

/* --- The object --- */

static void
update_names (LimnPromptEntry *self)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, self->label ? self->label : "",
                                  GTK_ACCESSIBLE_PROPERTY_PLACEHOLDER, gtk_label_get_label (self->placeholder),
                                  GTK_ACCESSIBLE_PROPERTY_MULTI_LINE, TRUE, -1);
}

static void
limn_prompt_entry_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LimnPromptEntry *self = LIMN_PROMPT_ENTRY (object);

  switch (id)
    {
    case PROP_TEXT:
      g_value_set_string (value, self->text);
      break;
    case PROP_PLACEHOLDER:
      g_value_set_string (value, gtk_label_get_label (self->placeholder));
      break;
    case PROP_LABEL:
      g_value_set_string (value, self->label);
      break;
    case PROP_MIN_LINES:
      g_value_set_uint (value, self->min_lines);
      break;
    case PROP_MAX_LINES:
      g_value_set_uint (value, self->max_lines);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
limn_prompt_entry_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  LimnPromptEntry *self = LIMN_PROMPT_ENTRY (object);

  switch (id)
    {
    case PROP_TEXT:
      limn_prompt_entry_set_text (self, g_value_get_string (value));
      break;
    case PROP_PLACEHOLDER:
      gtk_label_set_label (self->placeholder, g_value_get_string (value));
      update_names (self);
      break;
    case PROP_LABEL:
      g_free (self->label);
      self->label = g_value_dup_string (value);
      update_names (self);
      break;
    case PROP_MIN_LINES:
      self->min_lines = g_value_get_uint (value);
      update_height (self);
      break;
    case PROP_MAX_LINES:
      self->max_lines = g_value_get_uint (value);
      update_height (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
limn_prompt_entry_dispose (GObject *object)
{
  LimnPromptEntry *self = LIMN_PROMPT_ENTRY (object);

  stop_counting (self);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_PROMPT_ENTRY);
  G_OBJECT_CLASS (limn_prompt_entry_parent_class)->dispose (object);
}

static void
limn_prompt_entry_finalize (GObject *object)
{
  LimnPromptEntry *self = LIMN_PROMPT_ENTRY (object);

  g_clear_pointer (&self->counter, limn_token_counter_unref);
  g_free (self->text);
  g_free (self->label);
  g_free (self->model);
  G_OBJECT_CLASS (limn_prompt_entry_parent_class)->finalize (object);
}

static void
limn_prompt_entry_class_init (LimnPromptEntryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_prompt_entry_get_property;
  object_class->set_property = limn_prompt_entry_set_property;
  object_class->dispose = limn_prompt_entry_dispose;
  object_class->finalize = limn_prompt_entry_finalize;
  widget_class->css_changed = limn_prompt_entry_css_changed;
  widget_class->focus = limn_prompt_entry_focus;
  widget_class->grab_focus = limn_prompt_entry_grab_focus;

  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, "", flags);
  properties[PROP_PLACEHOLDER] = g_param_spec_string ("placeholder", NULL, NULL, "", flags);
  properties[PROP_LABEL] = g_param_spec_string ("label", NULL, NULL, NULL, flags);
  properties[PROP_MIN_LINES] = g_param_spec_uint ("min-lines", NULL, NULL, 1, 100, 1, flags);
  properties[PROP_MAX_LINES] = g_param_spec_uint ("max-lines", NULL, NULL, 1, 100, 4, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-prompt-entry.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPromptEntry, box);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptEntry, scroller);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptEntry, view);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptEntry, placeholder);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptEntry, count);
}

static void
add_keys (LimnPromptEntry *self)
{
  static const struct
  {
    const char *key;
    int         n_steps;
  } keys[] = { { "<Control>Up|<Control>KP_Up", 1 }, { "<Control>Down|<Control>KP_Down", -1 } };
  GtkEventController *controller = gtk_shortcut_controller_new ();

  /* Before the text view, which goes from paragraph to paragraph with these keys. */
  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      GtkShortcut *shortcut = gtk_shortcut_new (gtk_shortcut_trigger_parse_string (keys[i].key),
                                                gtk_callback_action_new (on_weigh, self, NULL));

      gtk_shortcut_set_arguments (shortcut, g_variant_new_int32 (keys[i].n_steps));
      gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller), shortcut);
    }
  gtk_widget_add_controller (GTK_WIDGET (self->view), controller);
}

static void
limn_prompt_entry_init (LimnPromptEntry *self)
{
  self->min_lines = 1;
  self->max_lines = 4;
  self->text = g_strdup ("");
  gtk_widget_init_template (GTK_WIDGET (self));
  self->buffer = gtk_text_view_get_buffer (self->view);
  gtk_text_buffer_set_enable_undo (self->buffer, TRUE);
  make_tags (self);
  update_colours (self);
  update_height (self);
  add_keys (self);
  g_signal_connect_object (self->buffer, "changed", G_CALLBACK (on_buffer_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (update_colours), self, G_CONNECT_SWAPPED);
}

const char *
limn_prompt_entry_get_text (LimnPromptEntry *self)
{
  return self->text;
}

void
limn_prompt_entry_set_text (LimnPromptEntry *self, const char *text)
{
  if (!text)
    text = "";
  if (g_str_equal (self->text, text))
    return;
  replace_text (self, 0, -1, text);
}

void
limn_prompt_entry_forget (LimnPromptEntry *self)
{
  gtk_text_buffer_set_enable_undo (self->buffer, FALSE);
  gtk_text_buffer_set_enable_undo (self->buffer, TRUE);
}

void
limn_prompt_entry_set_counter (LimnPromptEntry *self, LimnTokenCounter *counter)
{
  stop_counting (self);
  g_clear_pointer (&self->counter, limn_token_counter_unref);
  if (counter)
    self->counter = limn_token_counter_ref (counter);
  count_soon (self);
}

void
limn_prompt_entry_set_rules (LimnPromptEntry *self, const char *model, LimnPromptSyntax syntax)
{
  if (g_strcmp0 (self->model, model) == 0 && self->syntax == syntax)
    return;
  g_free (self->model);
  self->model = g_strdup (model);
  self->syntax = syntax;
  count_soon (self);
}

GtkTextBuffer *
limn_prompt_entry_get_buffer (LimnPromptEntry *self)
{
  return self->buffer;
}

const char *
limn_prompt_entry_get_count (LimnPromptEntry *self)
{
  const char *text = gtk_label_get_label (self->count);

  return *text ? text : NULL;
}
