/* SPDX-License-Identifier: GPL-3.0-or-later */

/* First a layout in whole pixels, from counts and estimated widths alone, so that the same sheet has the same size on every machine; then
 * pango puts each text into the place that it has, wrapped, cut and clipped. Where the sheet would be too large the cells are made smaller, and with
 * them the letters, until it is not. */
#include "config.h"

#include "image/limn-contact-sheet.h"

#include "base/limn-error.h"
#include "image/limn-resize.h"

#include <pango/pangocairo.h>
#include <string.h>

/* The height of letters, px: an eleventh of a cell, but never smaller than can be read, nor as large as a poster's. */
#define FONT_SHARE 11
#define MIN_FONT 11
#define MAX_FONT 28

/* A line, and an average letter, in heights of letters. DejaVu Sans, the widest face that is common, has 0.55 in English text, 0.64 in digits. */
#define LINE 1.4
#define LETTER 0.58

/* No label needs more, and pango takes its time with a text of megabytes. */
#define MAX_CHARACTERS 400

typedef struct
{
  guint paper;
  guint empty;
  guint ink;
  guint faint;
} Colours;

static const Colours light_colours = { 0xfbfaf8, 0xefede9, 0x1e1e20, 0x77757a };
static const Colours dark_colours = { 0x1a1a1c, 0x262629, 0xf1f0ed, 0x98969b };

/* Where things are, in pixels; the columns' side is the left one until place_x() turns it round. */
typedef struct
{
  guint   cell_width;
  guint   cell_height;
  guint   font;
  guint   line;
  guint   gap;
  guint   margin;
  guint   gutter;         /* of row labels, its space to the pictures included */
  guint   title_lines;
  guint   subtitle_lines;
  guint   column_lines;
  gboolean column_labels; /* shown: a cell has room for one */
  guint   caption;        /* below each picture */
  guint   top;            /* where cells begin */
  guint64 width;
  guint64 height;
} Layout;

struct _LimnContactSheet
{
  Layout         layout;
  const Colours *colours;
  guint          n_columns;
  guint          n_rows;
  gboolean       right_to_left;
  gboolean       captions;
  double         scale;
  guint          width;
  guint          height;
  guint8        *data; /* B G R x as cairo has it on this machine, a word each */
  cairo_t       *cr;
  PangoContext  *pango; /* NULL: there are no fonts */
};

/* --- Texts --- */

/* One line of valid UTF-8, without what would break it. */
static char *
dup_text (const char *text)
{
  /* Cut before it is looked at: four bytes a character at most. */
  g_autofree char *beginning = g_strndup (text, 4 * MAX_CHARACTERS);
  g_autofree char *valid = g_utf8_make_valid (beginning, -1);
  g_autofree char *cut = g_utf8_substring (valid, 0, MIN (g_utf8_strlen (valid, -1), MAX_CHARACTERS));
  GString *line = g_string_new (NULL);

  for (const char *c = cut; *c; c = g_utf8_next_char (c))
    {
      gunichar u = g_utf8_get_char (c);

      if (u == 0x2028 || u == 0x2029 || g_unichar_iscntrl (u))
        u = ' ';
      g_string_append_unichar (line, u);
    }
  g_strstrip (line->str);
  return g_string_free (line, FALSE);
}

/* In heights of letters, guessed. */
static double
estimate (const char *text)
{
  g_autofree char *line = text ? dup_text (text) : NULL;
  double width = 0;

  for (const char *c = line; c && *c; c = g_utf8_next_char (c))
    {
      gunichar u = g_utf8_get_char (c);

      if (!g_unichar_iszerowidth (u))
        width += g_unichar_iswide (u) ? 1 : LETTER;
    }
  return width;
}

/* Words do not fill their lines. */
static guint
count_lines (double em, guint font, guint width, guint max)
{
  if (em <= 0)
    return 0;
  return em * font <= width ? 1 : MIN ((guint) (em * font * 1.15 / MAX (width, 1)) + 1, max);
}

static double
estimate_widest (const char *const *texts, guint n)
{
  double widest = 0;

  for (guint i = 0; texts && i < n; i++)
    widest = MAX (widest, estimate (texts[i]));
  return widest;
}

typedef enum
{
  ALONG_START,
  ALONG_MIDDLE,
  ALONG_END,
} Along;

static void
set_colour (cairo_t *cr, guint rgb)
{
  cairo_set_source_rgb (cr, (rgb >> 16) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0);
}

/* Into the box, @lines at most; @along and @down say where in it. */
static void
draw_text (LimnContactSheet *sheet, const char *text, double x, double y, double width, double height, double font, gboolean bold,
           guint colour, guint lines, Along along, Along down)
{
  g_autofree char *line = text ? dup_text (text) : NULL;
  g_autoptr(PangoLayout) layout = NULL;
  g_autoptr(PangoFontDescription) face = NULL;
  PangoRectangle extents;
  gboolean runs_left, at_left;

  if (!line || !*line || !sheet->pango || lines == 0 || width < 1)
    return;
  layout = pango_layout_new (sheet->pango);
  face = pango_font_description_from_string ("Sans");
  pango_font_description_set_absolute_size (face, font * PANGO_SCALE);
  if (bold)
    pango_font_description_set_weight (face, PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description (layout, face);
  pango_layout_set_width (layout, width * PANGO_SCALE);
  pango_layout_set_height (layout, -(int) lines);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_text (layout, line, -1);
  /* Pango turns left and right round for lines that run another way than its context; the sheet's sides stay where they are. */
  runs_left = pango_layout_line_get_resolved_direction (pango_layout_get_line_readonly (layout, 0)) == PANGO_DIRECTION_RTL;
  at_left = (along == ALONG_START) != sheet->right_to_left;
  pango_layout_set_alignment (layout, along == ALONG_MIDDLE                                   ? PANGO_ALIGN_CENTER
                                      : at_left == (runs_left == sheet->right_to_left) ? PANGO_ALIGN_LEFT
                                                                                              : PANGO_ALIGN_RIGHT);
  pango_layout_get_extents (layout, NULL, &extents);

  cairo_save (sheet->cr);
  cairo_rectangle (sheet->cr, x, y, width, height);
  cairo_clip (sheet->cr);
  set_colour (sheet->cr, colour);
  cairo_move_to (sheet->cr, x, y + (down == ALONG_START ? 0 : down == ALONG_MIDDLE ? 0.5 : 1) *
                                     (height - extents.height / (double) PANGO_SCALE));
  pango_cairo_show_layout (sheet->cr, layout);
  cairo_restore (sheet->cr);
}

/* --- Layout --- */

static guint
lines_to_px (const Layout *layout, double size, guint lines)
{
  return (guint) (lines * layout->line * size + 0.5);
}

#define TITLE_SIZE 1.6

static void
lay_out (Layout *layout, const LimnContactSheetParams *params, guint cell_width, guint cell_height)
{
  guint shorter = MIN (cell_width, cell_height), content;
  double rows = MAX (estimate_widest (params->row_labels, params->n_rows), estimate (params->y_name));
  double columns = estimate_widest (params->column_labels, params->n_columns);

  layout->cell_width = cell_width;
  layout->cell_height = cell_height;
  layout->font = CLAMP ((shorter + FONT_SHARE / 2) / FONT_SHARE, MIN_FONT, MAX_FONT);
  layout->line = layout->font * LINE + 0.5;
  layout->gap = CLAMP (shorter / 16, 1, 16);
  layout->margin = 2 * layout->font;
  /* A label as wide as a picture is long enough; one of a few letters must not be cut beside small ones. */
  layout->gutter = rows > 0 ? (guint) MIN (rows * layout->font + 1, MAX (cell_width, 8 * layout->font)) + layout->font : 0;
  layout->column_labels = columns > 0 && cell_width >= 3 * layout->font;
  layout->column_lines = layout->column_labels ? count_lines (columns, layout->font, cell_width, 3) : 0;
  layout->caption = params->captions && cell_width >= 3 * layout->font ? layout->line : 0;

  layout->width = 2 * (guint64) layout->margin + layout->gutter + (guint64) params->n_columns * (cell_width + layout->gap) - layout->gap;
  content = MIN (layout->width - 2 * layout->margin, G_MAXUINT);
  layout->title_lines = count_lines (estimate (params->title), TITLE_SIZE * layout->font, content, 2);
  layout->subtitle_lines = count_lines (estimate (params->subtitle), layout->font, content, 3);

  layout->top = layout->margin + lines_to_px (layout, TITLE_SIZE, layout->title_lines) + lines_to_px (layout, 1, layout->subtitle_lines);
  if (layout->title_lines + layout->subtitle_lines > 0)
    layout->top += layout->font;
  if (params->x_name && *params->x_name)
    layout->top += layout->line;
  layout->top += lines_to_px (layout, 1, layout->column_lines);
  /* The other name stands beside the column labels, or beside the one above them. */
  if (params->y_name && *params->y_name && layout->column_lines == 0 && !(params->x_name && *params->x_name))
    layout->top += layout->line;
  if (layout->column_lines > 0 || (params->x_name && *params->x_name) || (params->y_name && *params->y_name))
    layout->top += layout->font / 3;
  layout->height = layout->top + (guint64) params->n_rows * (cell_height + layout->caption + layout->gap) - layout->gap + layout->margin;
}

static gboolean
fits (const Layout *layout)
{
  return layout->width <= LIMN_CONTACT_SHEET_MAX_SIDE && layout->height <= LIMN_CONTACT_SHEET_MAX_SIDE &&
         layout->width * layout->height <= LIMN_CONTACT_SHEET_MAX_PIXELS;
}

/* The largest cells with which it does; 1024 sizes are enough to try. (out) @scale */
static gboolean
lay_out_largest (Layout *layout, const LimnContactSheetParams *params, double *scale)
{
  guint low = 0, high = 1024;

  lay_out (layout, params, params->cell_width, params->cell_height);
  *scale = 1;
  if (fits (layout))
    return TRUE;
  while (high - low > 1)
    {
      guint middle = (low + high) / 2;

      lay_out (layout, params, MAX ((guint64) params->cell_width * middle / 1024, 1), MAX ((guint64) params->cell_height * middle / 1024, 1));
      if (fits (layout))
        low = middle;
      else
        high = middle;
    }
  *scale = low / 1024.0;
  lay_out (layout, params, MAX ((guint64) params->cell_width * low / 1024, 1), MAX ((guint64) params->cell_height * low / 1024, 1));
  return fits (layout);
}

/* Of something @width wide that would stand at @x. */
static double
place_x (const LimnContactSheet *sheet, double x, double width)
{
  return sheet->right_to_left ? sheet->width - x - width : x;
}

void
limn_contact_sheet_get_cell (const LimnContactSheet *sheet, guint column, guint row, guint *x, guint *y, guint *width, guint *height)
{
  const Layout *layout = &sheet->layout;

  g_return_if_fail (column < sheet->n_columns && row < sheet->n_rows);

  *x = place_x (sheet, layout->margin + layout->gutter + column * (layout->cell_width + layout->gap), layout->cell_width);
  *y = layout->top + row * (layout->cell_height + layout->caption + layout->gap);
  *width = layout->cell_width;
  *height = layout->cell_height;
}

/* --- Drawing --- */

/* NULL where there is no font that has an "a": empty boxes would be no texts. */
static PangoContext *
open_pango (cairo_t *cr)
{
  PangoContext *context = pango_cairo_create_context (cr);
  g_autoptr(PangoLayout) probe = pango_layout_new (context);
  cairo_font_options_t *options;

  pango_layout_set_text (probe, "a", -1);
  if (pango_layout_get_unknown_glyphs_count (probe) > 0)
    {
      g_object_unref (context);
      return NULL;
    }
  /* A file is looked at on other screens than this one: no subpixels of its own, no grid. */
  options = cairo_font_options_create ();
  cairo_font_options_set_antialias (options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options (context, options);
  cairo_font_options_destroy (options);
  return context;
}

static void
draw_head (LimnContactSheet *sheet, const LimnContactSheetParams *params)
{
  const Layout *layout = &sheet->layout;
  double width = sheet->width - 2.0 * layout->margin, y = layout->margin;
  guint title = lines_to_px (layout, TITLE_SIZE, layout->title_lines), subtitle = lines_to_px (layout, 1, layout->subtitle_lines);

  draw_text (sheet, params->title, layout->margin, y, width, title, TITLE_SIZE * layout->font, TRUE, sheet->colours->ink,
             layout->title_lines, ALONG_START, ALONG_START);
  draw_text (sheet, params->subtitle, layout->margin, y + title, width, subtitle, layout->font, FALSE, sheet->colours->faint,
             layout->subtitle_lines, ALONG_START, ALONG_START);
}

static void
draw_labels (LimnContactSheet *sheet, const LimnContactSheetParams *params)
{
  const Layout *layout = &sheet->layout;
  double below = layout->font / 3, width = (double) layout->gutter - layout->font;
  double columns = lines_to_px (layout, 1, layout->column_lines), bottom = layout->top - below;
  double pictures = sheet->width - 2.0 * layout->margin - layout->gutter;
  double first = layout->margin + layout->gutter;

  draw_text (sheet, params->x_name, place_x (sheet, first, pictures), bottom - columns - layout->line, pictures, layout->line, layout->font,
             FALSE, sheet->colours->faint, 1, ALONG_MIDDLE, ALONG_END);
  if (width > 0)
    draw_text (sheet, params->y_name, place_x (sheet, layout->margin, width), bottom - layout->line, width, layout->line, layout->font,
               FALSE, sheet->colours->faint, 1, ALONG_END, ALONG_END);
  for (guint i = 0; layout->column_labels && i < params->n_columns; i++)
    {
      double x = first + i * (double) (layout->cell_width + layout->gap);

      draw_text (sheet, params->column_labels[i], place_x (sheet, x, layout->cell_width), bottom - columns, layout->cell_width, columns,
                 layout->font, FALSE, sheet->colours->ink, layout->column_lines, ALONG_MIDDLE, ALONG_END);
    }
  for (guint i = 0; params->row_labels && i < params->n_rows; i++)
    {
      double y = layout->top + i * (double) (layout->cell_height + layout->caption + layout->gap);

      draw_text (sheet, params->row_labels[i], place_x (sheet, layout->margin, width), y, width, layout->cell_height, layout->font, FALSE,
                 sheet->colours->ink, MIN (layout->cell_height / layout->line, 5), ALONG_END, ALONG_MIDDLE);
    }
}

static void
draw_empty (LimnContactSheet *sheet)
{
  set_colour (sheet->cr, sheet->colours->empty);
  for (guint row = 0; row < sheet->n_rows; row++)
    for (guint column = 0; column < sheet->n_columns; column++)
      {
        guint x, y, width, height;

        limn_contact_sheet_get_cell (sheet, column, row, &x, &y, &width, &height);
        cairo_rectangle (sheet->cr, x, y, width, height);
        cairo_fill (sheet->cr);
      }
}

LimnContactSheet *
limn_contact_sheet_new (const LimnContactSheetParams *params, GError **error)
{
  g_autoptr(LimnContactSheet) sheet = g_new0 (LimnContactSheet, 1);
  cairo_surface_t *surface;

  g_return_val_if_fail (params->n_columns > 0 && params->n_rows > 0, NULL);
  g_return_val_if_fail (params->cell_width > 0 && params->cell_height > 0, NULL);

  if (!lay_out_largest (&sheet->layout, params, &sheet->scale))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "%u by %u pictures are too many for one sheet.", params->n_columns, params->n_rows);
      return NULL;
    }
  sheet->colours = params->dark ? &dark_colours : &light_colours;
  sheet->n_columns = params->n_columns;
  sheet->n_rows = params->n_rows;
  sheet->right_to_left = params->right_to_left;
  sheet->captions = params->captions;
  sheet->width = sheet->layout.width;
  sheet->height = sheet->layout.height;
  sheet->data = g_try_malloc ((gsize) sheet->width * sheet->height * 4);
  if (!sheet->data)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY, "There is no memory for a sheet of %ux%u pixels.", sheet->width, sheet->height);
      return NULL;
    }
  surface = cairo_image_surface_create_for_data (sheet->data, CAIRO_FORMAT_RGB24, sheet->width, sheet->height, (int) sheet->width * 4);
  sheet->cr = cairo_create (surface);
  cairo_surface_destroy (surface);
  sheet->pango = open_pango (sheet->cr);
  if (sheet->pango)
    pango_context_set_base_dir (sheet->pango, params->right_to_left ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR);

  set_colour (sheet->cr, sheet->colours->paper);
  cairo_paint (sheet->cr);
  draw_empty (sheet);
  draw_head (sheet, params);
  draw_labels (sheet, params);
  return g_steal_pointer (&sheet);
}

double
limn_contact_sheet_get_scale (const LimnContactSheet *sheet)
{
  return sheet->scale;
}

/* What is transparent shows the paper. */
static guint32
lay_on (const guint8 *rgba, guint paper)
{
  guint32 pixel = 0;

  for (guint c = 0; c < 3; c++)
    {
      guint under = paper >> (16 - 8 * c) & 255, alpha = rgba[3];

      pixel = pixel << 8 | (rgba[c] * alpha + under * (255 - alpha) + 127) / 255;
    }
  return pixel;
}

void
limn_contact_sheet_add (LimnContactSheet *sheet, guint column, guint row, LimnImage *picture, const char *caption)
{
  double factor;
  guint x, y, width, height, w, h;
  g_autoptr(LimnImage) fitted = NULL;
  g_autoptr(LimnImage) rgba = NULL;

  g_return_if_fail (picture != NULL);
  g_return_if_fail (column < sheet->n_columns && row < sheet->n_rows);

  limn_contact_sheet_get_cell (sheet, column, row, &x, &y, &width, &height);
  factor = MIN (MIN ((double) width / limn_image_get_width (picture), (double) height / limn_image_get_height (picture)), 1);
  fitted = limn_image_scale_to_fit (picture, MAX (factor * MAX (limn_image_get_width (picture), limn_image_get_height (picture)) + 0.5, 1));
  rgba = limn_image_dup_as (fitted, LIMN_PIXEL_RGBA8);
  w = MIN (limn_image_get_width (rgba), width);
  h = MIN (limn_image_get_height (rgba), height);

  set_colour (sheet->cr, sheet->colours->paper);
  cairo_rectangle (sheet->cr, x, y, width, height + sheet->layout.caption);
  cairo_fill (sheet->cr);
  cairo_surface_flush (cairo_get_target (sheet->cr));
  for (guint i = 0; i < h; i++)
    {
      const guint8 *from = limn_image_get_row (rgba, i);
      guint32 *to = (guint32 *) (gpointer) (sheet->data + ((gsize) (y + (height - h) / 2 + i) * sheet->width + x + (width - w) / 2) * 4);

      for (guint j = 0; j < w; j++)
        to[j] = lay_on (from + 4 * j, sheet->colours->paper);
    }
  cairo_surface_mark_dirty (cairo_get_target (sheet->cr));
  if (sheet->layout.caption > 0)
    draw_text (sheet, caption, x, y + height, width, sheet->layout.caption, sheet->layout.font * 0.9, FALSE, sheet->colours->faint, 1,
               ALONG_MIDDLE, ALONG_MIDDLE);
}

static void
close_drawing (LimnContactSheet *sheet)
{
  g_clear_object (&sheet->pango);
  if (sheet->cr)
    cairo_surface_finish (cairo_get_target (sheet->cr));
  g_clear_pointer (&sheet->cr, cairo_destroy);
}

LimnImage *
limn_contact_sheet_free_to_image (LimnContactSheet *sheet)
{
  gsize n = (gsize) sheet->width * sheet->height;
  LimnImage *image;
  guint8 *data;

  close_drawing (sheet);
  data = g_steal_pointer (&sheet->data);
  /* In place: three bytes are written behind four that were read. */
  for (gsize i = 0; i < n; i++)
    {
      guint32 pixel;

      memcpy (&pixel, data + 4 * i, sizeof (pixel));
      data[3 * i] = pixel >> 16;
      data[3 * i + 1] = pixel >> 8;
      data[3 * i + 2] = pixel;
    }
  data = g_realloc (data, 3 * n);
  image = limn_image_new_take (LIMN_PIXEL_RGB8, sheet->width, sheet->height, data, NULL);
  limn_contact_sheet_free (sheet);
  return image;
}

void
limn_contact_sheet_free (LimnContactSheet *sheet)
{
  if (!sheet)
    return;
  close_drawing (sheet);
  g_free (sheet->data);
  g_free (sheet);
}
