/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Three parts: the card with the texts, the big button, and what belongs to the button (how many, how long). Where there is room they
 * stand side by side, the button above what belongs to it; else the card is above the others. */
#include "config.h"

#include "app/limn-prompt-bar.h"

#include "app/limn-branch-chip.h"
#include "app/limn-prompt-entry.h"
#include "app/limn-prompt-history.h"
#include "app/limn-prompt-styles.h"
#include "app/limn-trouble.h"
#include "app/limn-words.h"
#include "formats/limn-prompt-style.h"

#include <glib/gi18n.h>

/* From this width on the button stands beside the texts: below, a line of a prompt would have less than 30 letters there. */
#define WIDE_PX 520
/* Of the button there, so that it does not change its width with the text below it. */
#define SIDE_PX 176
#define SPACING_PX 12
#define MARGIN_PX 12
/* Pause after the last change before the time is estimated: it reads the whole request. */
#define ESTIMATE_MS 100

struct _LimnPromptBar
{
  GtkWidget         parent_instance;

  GtkWidget        *card;
  LimnBranchChip   *branch_chip;
  LimnPromptEntry  *prompt;
  LimnPromptEntry  *negative;
  GtkRevealer      *negative_revealer;
  GtkToggleButton  *negative_button;
  GtkMenuButton    *history_button;
  GtkMenuButton    *styles_button;
  LimnPromptHistory *history;
  LimnPromptStyles *styles;
  GtkRevealer      *steer_revealer;
  GtkWidget        *steer_button;
  GtkWidget        *button_area;
  GtkStack         *button_stack;
  GtkButton        *paint_button;
  GtkButton        *pause_button;
  GtkWidget        *details;
  GtkMenuButton    *count_button;
  GtkSpinButton    *count_spin;
  GtkLabel         *estimate;
  GtkLabel         *need;

  LimnStudio       *studio;
  LimnTokenCounter *counter;
  guint             estimate_source;
};

G_DEFINE_FINAL_TYPE (LimnPromptBar, limn_prompt_bar, GTK_TYPE_WIDGET)

/* --- Its shape --- */

static int
get_min_width (GtkWidget *widget)
{
  int min;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &min, NULL, NULL, NULL);
  return min;
}

static int
get_natural_width (GtkWidget *widget)
{
  int natural;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  return natural;
}

static void
add_height (GtkWidget *widget, int width, int *min, int *natural)
{
  int child_min, child_natural;

  gtk_widget_measure (widget, GTK_ORIENTATION_VERTICAL, width, &child_min, &child_natural, NULL, NULL);
  *min += child_min;
  *natural += child_natural;
}

/* Of the button, and of what belongs to it, where they stand beside the card. */
static int
get_side_width (LimnPromptBar *self)
{
  int natural = MAX (get_natural_width (self->button_area), get_natural_width (self->details));

  return MAX (natural, SIDE_PX);
}

static int
get_button_width (LimnPromptBar *self, int inner)
{
  return MAX (get_min_width (self->button_area), inner / 2);
}

/* Of the button, and of what belongs to it, where they stand under the card. */
static void
get_row_height (LimnPromptBar *self, int inner, int *min, int *natural)
{
  int button_width = get_button_width (self, inner);
  int button_min = 0, button = 0, details_min = 0, details = 0;

  add_height (self->button_area, button_width, &button_min, &button);
  add_height (self->details, MAX (inner - button_width - SPACING_PX, get_min_width (self->details)), &details_min, &details);
  *min = MAX (button_min, details_min);
  *natural = MAX (button, details);
}

static GtkSizeRequestMode
limn_prompt_bar_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
limn_prompt_bar_measure (GtkWidget      *widget,
                         GtkOrientation  orientation,
                         int             for_size,
                         int            *minimum,
                         int            *natural,
                         int            *minimum_baseline,
                         int            *natural_baseline)
{
  LimnPromptBar *self = LIMN_PROMPT_BAR (widget);
  int inner = for_size - 2 * MARGIN_PX;
  int card_min = 0, card_natural = 0, rest_min = 0, rest_natural = 0;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      int rest = get_min_width (self->details) + SPACING_PX + get_min_width (self->button_area);

      *minimum = MAX (get_min_width (self->card), rest) + 2 * MARGIN_PX;
      *natural = MAX (*minimum, WIDE_PX);
      return;
    }
  if (for_size < 0 || for_size >= WIDE_PX)
    {
      int side = get_side_width (self);

      add_height (self->card, for_size < 0 ? -1 : inner - side - SPACING_PX, &card_min, &card_natural);
      add_height (self->button_area, side, &rest_min, &rest_natural);
      add_height (self->details, side, &rest_min, &rest_natural);
      *minimum = MAX (card_min, rest_min + SPACING_PX / 2) + 2 * MARGIN_PX;
      *natural = MAX (card_natural, rest_natural + SPACING_PX / 2) + 2 * MARGIN_PX;
      return;
    }
  add_height (self->card, inner, &card_min, &card_natural);
  get_row_height (self, inner, &rest_min, &rest_natural);
  *minimum = card_min + SPACING_PX + rest_min + 2 * MARGIN_PX;
  *natural = card_natural + SPACING_PX + rest_natural + 2 * MARGIN_PX;
}

/* @x counts from the start side, which is the right one in right-to-left languages. */
static void
place (LimnPromptBar *self, GtkWidget *child, int x, int y, int width, int height)
{
  GtkAllocation place = { x, y, width, height };

  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    place.x = gtk_widget_get_width (GTK_WIDGET (self)) - x - width;
  gtk_widget_size_allocate (child, &place, -1);
}

static void
limn_prompt_bar_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LimnPromptBar *self = LIMN_PROMPT_BAR (widget);
  int inner = width - 2 * MARGIN_PX;
  int inner_height = height - 2 * MARGIN_PX;
  int button_min = 0, button = 0, details_min = 0, details = 0;

  if (width >= WIDE_PX)
    {
      int side = get_side_width (self);
      int x = MARGIN_PX + inner - side;

      add_height (self->button_area, side, &button_min, &button);
      add_height (self->details, side, &details_min, &details);
      place (self, self->card, MARGIN_PX, MARGIN_PX, inner - side - SPACING_PX, inner_height);
      place (self, self->button_area, x, MARGIN_PX, side, button);
      place (self, self->details, x, MARGIN_PX + button + SPACING_PX / 2, side, details);
    }
  else
    {
      int button_width = get_button_width (self, inner);
      int details_width = inner - button_width - SPACING_PX;
      int y;

      get_row_height (self, inner, &button_min, &button);
      y = height - MARGIN_PX - button;
      place (self, self->card, MARGIN_PX, MARGIN_PX, inner, inner_height - button - SPACING_PX);
      place (self, self->details, MARGIN_PX, y, details_width, button);
      place (self, self->button_area, MARGIN_PX + details_width + SPACING_PX, y, button_width, button);
    }
}

/* --- The button --- */

static void
update_button (LimnPromptBar *self)
{
  LimnJobQueue *queue = limn_studio_get_queue (self->studio);
  gboolean paused = limn_job_queue_is_paused (queue);
  g_autoptr(LimnJob) first = g_list_model_get_item (G_LIST_MODEL (queue), 0);
  LimnJobState state = first ? limn_job_get_state (first) : LIMN_JOB_DONE;
  gboolean begun = state == LIMN_JOB_PAINTING || state == LIMN_JOB_PAUSED;
  gboolean waiting = paused && state == LIMN_JOB_WAITING;
  const char *tip = paused ? _("Go on with the queue, from the step where it stopped") : _("Rest after this step; nothing is lost");

  gtk_stack_set_visible_child_name (self->button_stack, begun ? "busy" : waiting ? "waiting" : "paint");
  gtk_button_set_icon_name (self->pause_button, paused ? "media-playback-start-symbolic" : "media-playback-pause-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->pause_button), tip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->pause_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  paused ? _("Resume") : _("Pause"), -1);
}

/* --- How long --- */

/* (nullable) (transfer full) */
static char *
describe_left (LimnJobQueue *queue)
{
  double seconds = limn_job_queue_get_seconds_left (queue);
  g_autofree char *time = limn_words_seconds (seconds);

  /* Translators: a time such as “12 s”. */
  return seconds < 0 ? NULL : g_strdup_printf (_("%s left"), time);
}

/* (nullable) (transfer full): that a model is being loaded, before which nothing is painted. */
static char *
describe_reading (LimnPromptBar *self)
{
  g_autofree char *percent = NULL;
  double reading;

  g_object_get (self->studio, "reading", &reading, NULL);
  if (reading < 0)
    return NULL;
  percent = limn_words_percent ((guint) (100 * reading));
  /* Translators: beside the button “Paint”: how much of the model is in memory, such as “45 %”. Short. */
  return g_strdup_printf (_("%s loaded"), percent);
}

/* (nullable) (transfer full) */
static char *
describe_estimate (LimnPromptBar *self)
{
  LimnDraft *draft = limn_studio_get_draft (self->studio);
  g_autoptr(LimnRequest) request = limn_draft_dup_request (draft);
  g_autofree char *time = NULL;
  guint slowdown;
  double seconds;

  g_object_get (draft, "preview-slowdown", &slowdown, NULL);
  seconds = limn_job_queue_estimate (limn_studio_get_queue (self->studio), request, slowdown / 100.0);
  time = limn_words_seconds (seconds);
  /* Translators: a time such as “12 s”: how long painting would take. */
  return seconds < 0 ? NULL : g_strdup_printf (_("about %s"), time);
}

/* (nullable) (transfer full): of memory, of all there is; what the pictures before this one in a queue took is free by then. Nothing is known
 * of a model that is still being looked at. */
static char *
describe_need (LimnPromptBar *self)
{
  LimnDraft *draft = limn_studio_get_draft (self->studio);
  const LimnInspection *inspection = limn_draft_get_inspection (draft);

  if (!inspection || g_strcmp0 (inspection->model, limn_draft_get_model (draft)) != 0)
    return NULL;
  if (inspection->need_bytes == G_MAXUINT64 || inspection->limit_bytes == G_MAXUINT64 || inspection->limit_bytes == 0)
    return NULL;
  return limn_words_need (inspection->need_bytes, inspection->limit_bytes);
}

static void
mark_trouble (GtkLabel *label, gboolean trouble)
{
  gtk_widget_remove_css_class (GTK_WIDGET (label), trouble ? "dim-label" : "warning");
  gtk_widget_add_css_class (GTK_WIDGET (label), trouble ? "warning" : "dim-label");
}

/* In a word; the tooltip, and the panel of the model, have the sentence. */
static const char *
get_trouble_name (LimnTrouble trouble)
{
  switch (trouble)
    {
    case LIMN_TROUBLE_MODEL:
      /* Translators: beside the button “Paint”: the model cannot be used. Short. */
      return _("No model");
    case LIMN_TROUBLE_VOCABULARY:
      /* Translators: beside the button “Paint”: the list of words that the model knows is missing. Short. */
      return _("No words");
    case LIMN_TROUBLE_REFUSED:
      /* Translators: beside the button “Paint”: the model cannot paint with these settings. Short. */
      return _("Not possible");
    default:
      /* Translators: beside the button “Paint”: there is not enough memory for a picture of this size. Short. */
      return _("Too large");
    }
}

/* Whether the fields say something else than what is being painted. */
static void
update_steering (LimnPromptBar *self)
{
  g_autofree char *words = limn_studio_describe_steering (self->studio);
  g_autofree char *tip = NULL;

  if (words)
    {
      /* Translators: tooltip of a button; %s is what would change: “noon → sunset, guidance 7 → 4”. */
      tip = g_strdup_printf (_("Go on with the picture that is being painted, but with what the fields say now: %s (Ctrl+Shift+Enter)"), words);
      gtk_widget_set_tooltip_text (self->steer_button, tip);
    }
  gtk_revealer_set_reveal_child (self->steer_revealer, words != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->steer_revealer), words != NULL);
}

/* How long it takes, and how much memory; before that, whether it can be done at all. */
static void
update_estimate (LimnPromptBar *self)
{
  LimnJobQueue *queue = limn_studio_get_queue (self->studio);
  g_autofree char *sentence = NULL;
  LimnTrouble trouble = limn_trouble_find (self->studio, &sentence);
  gboolean running = limn_job_queue_get_running (queue) != NULL;
  g_autofree char *text = NULL;
  g_autofree char *reading = describe_reading (self);
  g_autofree char *need = running || (trouble != LIMN_TROUBLE_NONE && trouble != LIMN_TROUBLE_MEMORY) ? NULL : describe_need (self);

  if (!running && trouble != LIMN_TROUBLE_NONE)
    text = g_strdup (get_trouble_name (trouble));
  else if (reading)
    text = g_strdup (reading);
  else
    text = running ? describe_left (queue) : describe_estimate (self);
  gtk_label_set_label (self->estimate, text ? text : "");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->estimate), trouble != LIMN_TROUBLE_NONE && !running
                                                              ? sentence
                                                              : reading
                                                              ? _("The model is being loaded from the disk. A picture can be begun all the "
                                                                  "same: it is painted as soon as the model is there")
                                                              : _("How long painting takes, from what was measured on this computer"));
  mark_trouble (self->estimate, trouble != LIMN_TROUBLE_NONE && !running);
  gtk_label_set_label (self->need, need ? need : "");
  gtk_widget_set_visible (GTK_WIDGET (self->need), need != NULL);
  mark_trouble (self->need, trouble == LIMN_TROUBLE_MEMORY);
}

static gboolean
on_estimate (gpointer data)
{
  LimnPromptBar *self = data;

  self->estimate_source = 0;
  update_estimate (self);
  update_steering (self);
  return G_SOURCE_REMOVE;
}

static void
estimate_soon (LimnPromptBar *self)
{
  if (!self->estimate_source)
    self->estimate_source = g_timeout_add (ESTIMATE_MS, on_estimate, self);
}

static void
on_queue_changed (LimnPromptBar *self)
{
  update_button (self);
  estimate_soon (self);
}

/* The first job's state decides what the button is; jobs come and go, so each is watched as it becomes the running one. */
static void
on_running_changed (LimnPromptBar *self)
{
  LimnJob *job = limn_job_queue_get_running (limn_studio_get_queue (self->studio));

  if (job)
    {
      g_signal_handlers_disconnect_by_func (job, on_queue_changed, self);
      g_signal_connect_object (job, "notify::state", G_CALLBACK (on_queue_changed), self, G_CONNECT_SWAPPED);
    }
  on_queue_changed (self);
}

/* --- Branches --- */

/* Without fresh noise all pictures of one branch are the same. */
static void
on_branch_changed (LimnPromptBar *self)
{
  const LimnRequestBranch *branch = limn_draft_get_branch (limn_studio_get_draft (self->studio));
  gboolean one = branch && branch->noise == LIMN_FRESH_NOISE_NONE;
  g_autofree char *tip = NULL;

  /* Translators: the button that paints another picture from a step of one that is there. The underscore is before its key. */
  gtk_button_set_label (self->paint_button, branch ? _("_Branch") : _("_Paint"));
  if (branch && branch->step > 0)
    tip = g_strdup_printf (ngettext ("Paint what the fields say from step %u on; the step before is shared (Ctrl+Enter)",
                                     "Paint what the fields say from step %u on; the steps before are shared (Ctrl+Enter)", branch->step),
                           branch->step);
  else
    tip = g_strdup (_("Paint what the prompt says (Ctrl+Enter)"));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->paint_button), tip);
  gtk_widget_set_sensitive (GTK_WIDGET (self->count_button), !one);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->count_button),
                               one ? _("Without fresh noise every picture of this branch would be the same")
                                   : _("How many pictures one press of the button paints, each from a seed of its own"));
}

/* --- How many --- */

static void
on_count_changed (LimnPromptBar *self)
{
  guint count;
  g_autofree char *text = NULL;
  g_autofree char *name = NULL;

  g_object_get (limn_studio_get_draft (self->studio), "count", &count, NULL);
  text = limn_words_factor (count);
  name = g_strdup_printf (ngettext ("%u picture", "%u pictures", count), count);
  gtk_menu_button_set_label (self->count_button, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->count_button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
on_count_preset (GtkButton *button, LimnPromptBar *self)
{
  guint count = g_ascii_strtoull (gtk_widget_get_name (GTK_WIDGET (button)), NULL, 10);

  g_object_set (limn_studio_get_draft (self->studio), "count", count, NULL);
  gtk_menu_button_popdown (self->count_button);
}

/* --- The texts --- */

static void
on_rules_changed (LimnPromptBar *self)
{
  LimnDraft *draft = limn_studio_get_draft (self->studio);
  guint syntax;

  g_object_get (draft, "syntax", &syntax, NULL);
  limn_prompt_entry_set_rules (self->prompt, limn_draft_get_model (draft), syntax);
  limn_prompt_entry_set_rules (self->negative, limn_draft_get_model (draft), syntax);
}

/* A negative prompt that has words is never out of sight. */
static void
on_texts_changed (LimnPromptBar *self)
{
  gboolean words = *limn_prompt_entry_get_text (self->negative) != '\0';

  if (words)
    gtk_toggle_button_set_active (self->negative_button, TRUE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->negative_button), !words);
  limn_prompt_styles_set_words (self->styles, limn_prompt_entry_get_text (self->prompt), limn_prompt_entry_get_text (self->negative));
}

static void
on_negative_toggled (LimnPromptBar *self)
{
  if (gtk_toggle_button_get_active (self->negative_button))
    gtk_widget_grab_focus (GTK_WIDGET (self->negative));
  else
    gtk_widget_grab_focus (GTK_WIDGET (self->prompt));
}

static void
on_history_chosen (LimnPromptBar *self, const char *prompt)
{
  limn_prompt_entry_set_text (self->prompt, prompt);
  gtk_widget_grab_focus (GTK_WIDGET (self->prompt));
}

static void
on_style_apply (LimnPromptBar *self, const char *words, const char *negative_words)
{
  g_autofree char *prompt = limn_prompt_style_apply (words, limn_prompt_entry_get_text (self->prompt));
  g_autofree char *negative = limn_prompt_style_apply (negative_words, limn_prompt_entry_get_text (self->negative));

  limn_prompt_entry_set_text (self->prompt, prompt);
  limn_prompt_entry_set_text (self->negative, negative);
  gtk_widget_grab_focus (GTK_WIDGET (self->prompt));
}

/* --- The object --- */

static void
limn_prompt_bar_dispose (GObject *object)
{
  LimnPromptBar *self = LIMN_PROMPT_BAR (object);

  g_clear_handle_id (&self->estimate_source, g_source_remove);
  g_clear_pointer (&self->card, gtk_widget_unparent);
  g_clear_pointer (&self->button_area, gtk_widget_unparent);
  g_clear_pointer (&self->details, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_PROMPT_BAR);
  g_clear_pointer (&self->counter, limn_token_counter_unref);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_prompt_bar_parent_class)->dispose (object);
}

/* Tab goes from the texts to the button to what belongs to it. GTK would go by where they stand, find the button above the middle of the
 * texts, and so pass it by on the way from them. */
static gboolean
limn_prompt_bar_focus (GtkWidget *widget, GtkDirectionType direction)
{
  LimnPromptBar *self = LIMN_PROMPT_BAR (widget);
  GtkWidget *parts[] = { self->card, self->button_area, self->details };
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (widget));
  gboolean backward = direction == GTK_DIR_TAB_BACKWARD;
  gboolean begun = !focus || !gtk_widget_is_ancestor (focus, widget);

  if (!backward && direction != GTK_DIR_TAB_FORWARD)
    return GTK_WIDGET_CLASS (limn_prompt_bar_parent_class)->focus (widget, direction);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      GtkWidget *part = parts[backward ? G_N_ELEMENTS (parts) - 1 - i : i];

      begun = begun || gtk_widget_is_ancestor (focus, part);
      if (begun && gtk_widget_child_focus (part, direction))
        return TRUE;
    }
  return FALSE;
}

static gboolean
limn_prompt_bar_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (LIMN_PROMPT_BAR (widget)->prompt));
}

static void
limn_prompt_bar_class_init (LimnPromptBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_prompt_bar_dispose;
  widget_class->get_request_mode = limn_prompt_bar_get_request_mode;
  widget_class->measure = limn_prompt_bar_measure;
  widget_class->size_allocate = limn_prompt_bar_size_allocate;
  widget_class->focus = limn_prompt_bar_focus;
  widget_class->grab_focus = limn_prompt_bar_grab_focus;

  g_type_ensure (LIMN_TYPE_BRANCH_CHIP);
  g_type_ensure (LIMN_TYPE_PROMPT_ENTRY);
  g_type_ensure (LIMN_TYPE_PROMPT_HISTORY);
  g_type_ensure (LIMN_TYPE_PROMPT_STYLES);
  gtk_widget_class_set_css_name (widget_class, "promptbar");
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-prompt-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, card);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, branch_chip);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, prompt);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, negative);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, negative_revealer);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, negative_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, history_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, styles_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, history);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, styles);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, steer_revealer);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, steer_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, button_area);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, button_stack);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, paint_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, pause_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, details);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, count_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, count_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, estimate);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptBar, need);
  gtk_widget_class_bind_template_callback (widget_class, on_negative_toggled);
  gtk_widget_class_bind_template_callback (widget_class, on_history_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_style_apply);
  gtk_widget_class_bind_template_callback (widget_class, on_count_preset);
}

static void
limn_prompt_bar_init (LimnPromptBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_spin_button_set_range (self->count_spin, 1, LIMN_DRAFT_MAX_COUNT);
  self->counter = limn_token_counter_new ();
}

static void
bind_texts (LimnPromptBar *self)
{
  LimnDraft *draft = limn_studio_get_draft (self->studio);
  LimnPromptEntry *entries[] = { self->prompt, self->negative };
  const char *names[] = { "prompt", "negative" };

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      g_object_bind_property (draft, names[i], entries[i], "text", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
      /* What was there at the start was not typed now. */
      limn_prompt_entry_forget (entries[i]);
      limn_prompt_entry_set_counter (entries[i], self->counter);
      g_signal_connect_object (entries[i], "notify::text", G_CALLBACK (on_texts_changed), self, G_CONNECT_SWAPPED);
    }
}

void
limn_prompt_bar_set_studio (LimnPromptBar *self, LimnStudio *studio)
{
  LimnDraft *draft = limn_studio_get_draft (studio);
  LimnJobQueue *queue = limn_studio_get_queue (studio);

  g_return_if_fail (self->studio == NULL);
  self->studio = g_object_ref (studio);
  limn_prompt_history_set_settings (self->history, limn_studio_get_settings (studio));
  limn_prompt_styles_set_settings (self->styles, limn_studio_get_settings (studio));
  limn_branch_chip_set_studio (self->branch_chip, studio);
  bind_texts (self);
  g_object_bind_property (draft, "count", gtk_spin_button_get_adjustment (self->count_spin), "value",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);

  g_signal_connect_object (draft, "notify::branch", G_CALLBACK (on_branch_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::count", G_CALLBACK (on_count_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::model", G_CALLBACK (on_rules_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::syntax", G_CALLBACK (on_rules_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify", G_CALLBACK (estimate_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::inspection-error", G_CALLBACK (estimate_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::reading", G_CALLBACK (estimate_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "items-changed", G_CALLBACK (on_queue_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "notify::paused", G_CALLBACK (on_queue_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "notify::running", G_CALLBACK (on_running_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "notify::seconds-left", G_CALLBACK (estimate_soon), self, G_CONNECT_SWAPPED);
  on_rules_changed (self);
  on_texts_changed (self);
  on_count_changed (self);
  on_branch_changed (self);
  on_running_changed (self);
}
