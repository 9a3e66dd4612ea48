/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The page is a table of headings and paragraphs, so that translators see whole paragraphs and nothing else. */
#include "config.h"

#include "app/limn-help.h"

#include <glib/gi18n.h>

struct _LimnHelp
{
  AdwWindow  parent_instance;

  GtkWidget *page;
};

G_DEFINE_FINAL_TYPE (LimnHelp, limn_help, ADW_TYPE_WINDOW)

/* A heading without text begins a part. Text is markup. */
static const struct
{
  const char *heading;
  const char *text;
} parts[] = {
  { N_("Your first picture"),
    N_("Write what you want to see into the field under the canvas and press <b>Paint</b>, or Ctrl+Enter. The picture comes out of "
       "the noise step by step; the strip under the canvas keeps every step. Every picture is saved at once in your Pictures "
       "folder, in <b>Limn</b>, and is never overwritten.") },
  { N_("Prompts that work"),
    N_("Say the thing first, then where it is, when, and in which manner: “a red lighthouse by the sea at sunset, watercolor”. "
       "<tt>(word:1.2)</tt> gives a word more weight, <tt>(word:0.8)</tt> less; Ctrl+Up and Ctrl+Down do it for you. What should "
       "not be in the picture goes into the second field.") },
  { N_("The steps are yours"),
    N_("Drag along the strip to see any step large. A step that you like better than the end can be kept as a picture of its own with "
       "Ctrl+S. K plays the steps; they can be exported as an animation.") },
  { N_("Another way from a step"),
    N_("Choose a step and press <b>Branch Here</b>, or N: from there on the picture can have other words, another guidance, another sampler or "
       "fresh noise. The steps before are shared and cost nothing. Early steps decide where things are, late ones how they look. What has "
       "grown out of a picture stands on the page <b>Branches</b> as a tree. While a picture is painted <b>Apply From Next Step</b> does the same "
       "to it at once.") },
  { N_("The same picture again"),
    N_("A seed and the same settings give the same picture. Every picture carries its settings: drop one on the canvas, also one from "
       "another program, and they are back in the fields.") },
  { N_("Many pictures"),
    N_("The page <b>Sheet</b> paints variations of a picture, or a table of what two settings do. The page <b>Blend</b> finds what lies "
       "between two or four pictures, and makes a film of the way from one to the other.") },
  { N_("Changing a picture"),
    N_("Press the brush beside a picture, or B, and mark what shall change; say in the prompt what is to be there, and press "
       "<b>Paint</b>. What is not marked stays as it is, to the last bit. If nothing is marked, all of the picture is painted over, and "
       "<b>Strength</b> says how far it may go. The mask stays too: try other words, another seed, another strength. When a result "
       "pleases, <b>Go On From This Picture</b> makes it the next to change.") },
  { N_("A larger picture"),
    N_("With G the picture’s edges can be dragged outwards, and what lies beyond them is painted. <b>Enlarge and restore</b> in the settings "
       "makes a picture two or four times as large, piece by piece, for printing.") },
  { N_("A style to add: LoRAs"),
    N_("A LoRA is a small file that teaches a model a style, a figure or a way to draw. The button beside <b>LoRAs</b> in the settings "
       "shows those you have; each has a strength. It can also be written in the prompt: <tt>&lt;lora:name:0.8&gt;</tt>. "
       "<b>stained-glass</b> comes with Limn: add it, and say “stained glass” in the prompt. A LoRA works only with the kind of model "
       "that it was made for.") },
  { N_("Drawing by another picture: ControlNets"),
    N_("A ControlNet lets another picture say where things are: by its edges, its light or its strokes, while the prompt says what they "
       "are. The button beside <b>Draw by a Picture</b> in the settings adds one; then choose the picture. <b>starter-canny</b>, which "
       "looks at edges, comes with Limn. A ControlNet, too, works only with the kind of model that it was made for.") },
  { N_("What the built-in model can do"),
    N_("The model inside Limn is very small, so that you can begin at once. It understands English, and some fifty things: cats, foxes, "
       "penguins and other animals, people, houses, castles, boats, trees, flowers, fruit; in the mountains, by the sea, in the city; by "
       "day, at night, in rain or snow. It paints in nine styles, such as watercolor, oil painting, ink sketch and pixel art. Its "
       "pictures are small, 128×128 or 192×128 pixels, and faces are its weak side. It knows no photographs, no lettering and no artists "
       "by name. For those you need a larger model.") },
  { N_("Where larger models come from"),
    N_("Limn opens models of the kinds <b>Stable Diffusion</b> 1, 2 and XL, and the many that artists have made from them: a single file "
       "that ends in <tt>.safetensors</tt> or <tt>.ckpt</tt>, or a folder with a <tt>model_index.json</tt>. There are many on <a "
       "href=\"https://huggingface.co/models?library=diffusers&amp;pipeline_tag=text-to-image\">Hugging Face</a>: of a folder download "
       "<tt>model_index.json</tt> and, from the folders beside it, what ends in <tt>.safetensors</tt>, <tt>.json</tt> or <tt>.txt</tt>, "
       "and keep the folders as they are. Then open the list under <b>Model</b> in the settings and press <b>Folder…</b> or "
       "<b>File…</b>; <b>All Models</b> there shows everything that lies in your folders, LoRAs and ControlNets, too. The model stays "
       "where it lies: Limn never copies, converts or changes it, and it never goes online by itself.") },
  { N_("Which model to take"),
    N_("Begin with <b>stable-diffusion-v1-5</b>, which many others descend from: 512×512 pixels, a download of about 4 GiB. If "
       "<b>Precision</b>, under <b>Painted by</b>, is set to half, a picture of that size takes about 2.3 GiB of the graphics card’s "
       "memory, otherwise about twice as much; what it takes is shown beside the button before you paint. Read a model’s licence before "
       "you use its pictures for money; it is on the model’s page.") },
  { N_("Is a model file safe?"),
    N_("Files that end in <tt>.safetensors</tt> hold numbers and nothing else. Older ones, such as <tt>.ckpt</tt>, may hold programs as "
       "well: Limn only takes the numbers out of them and never runs anything that is in a model. A file that cannot be read without "
       "running something is refused.") },
  { N_("If it is slow"),
    N_("Everything is computed on your own graphics card; the Model section of the settings says which one. If it names "
       "the processor, the driver of your graphics card is missing or too old (OpenGL 4.5 is needed). Smaller pictures, fewer steps and "
       "half-size previews help.") },
};

static void
limn_help_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), LIMN_TYPE_HELP);
  G_OBJECT_CLASS (limn_help_parent_class)->dispose (object);
}

static void
limn_help_class_init (LimnHelpClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_help_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-help.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnHelp, page);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static GtkWidget *
new_label (const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_markup (GTK_LABEL (label), text);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), FALSE);
  if (css_class)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

static void
limn_help_init (LimnHelp *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      GtkWidget *heading = new_label (_(parts[i].heading), "title-4");

      if (i > 0)
        gtk_widget_set_margin_top (heading, 18);
      gtk_box_append (GTK_BOX (self->page), heading);
      gtk_box_append (GTK_BOX (self->page), new_label (_(parts[i].text), NULL));
    }
}

LimnHelp *
limn_help_new (GtkWindow *parent)
{
  return g_object_new (LIMN_TYPE_HELP, "transient-for", parent, NULL);
}
