/* SPDX-License-Identifier: GPL-3.0-or-later */

/* While an application is tested its own run loop cannot be used, since the test is what decides when to go on: the main context is turned by
 * hand. The application's object must be gone at the end: one that leaked would keep its name on the bus, and the second
 * would only talk to it. */
#include "config.h"

#include "limn-test-app.h"

#include "image/limn-png.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>

/* --- The main loop --- */

static gboolean
wake (gpointer data)
{
  return G_SOURCE_REMOVE;
}

static void
turn (void)
{
  guint source = g_timeout_add (10, wake, NULL);

  g_main_context_iteration (NULL, TRUE);
  /* It may have been another source that was ready first. */
  if (g_main_context_find_source_by_id (NULL, source))
    g_source_remove (source);
}

void
limn_test_pump (gint64 start, const char *what, const char *file, int line, const char *func)
{
  if (g_get_monotonic_time () - start > 90 * G_USEC_PER_SEC)
    {
      g_autofree char *message = g_strdup_printf ("waited in vain for: %s", what);

      g_assertion_message (G_LOG_DOMAIN, file, line, func, message);
    }
  turn ();
}

void
limn_test_run_for (double seconds)
{
  gint64 until = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);

  while (g_get_monotonic_time () < until)
    turn ();
}

/* --- The program's life --- */

static void
on_toast (LimnStudio *studio, const char *message, const char *action, const char *label, GVariant *target, LimnTestApp *app)
{
  g_test_message ("said: %s", message);
  g_ptr_array_add (app->toasts, g_strdup (message));
}

static void
on_saved (LimnStudio *studio, const char *path, LimnTestApp *app)
{
  g_ptr_array_add (app->saved, g_strdup (path));
}

static void
on_ended (LimnJobQueue *queue, LimnJob *job, LimnTestApp *app)
{
  g_ptr_array_add (app->jobs, g_object_ref (job));
}

static void
on_after_paint (GdkFrameClock *clock, gboolean *drawn)
{
  *drawn = TRUE;
}

static LimnWindow *
get_window (LimnTestApp *app)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (app->application)); l; l = l->next)
    if (LIMN_IS_WINDOW (l->data))
      return l->data;
  return NULL;
}

void
limn_test_app_start (LimnTestApp *app)
{
  GError *error = NULL;
  GdkFrameClock *clock;
  gboolean drawn = FALSE;
  gulong handler;

  app->toasts = g_ptr_array_new_with_free_func (g_free);
  app->saved = g_ptr_array_new_with_free_func (g_free);
  app->jobs = g_ptr_array_new_with_free_func (g_object_unref);
  app->application = limn_application_new ();
  g_application_register (G_APPLICATION (app->application), NULL, &error);
  g_assert_no_error (error);
  g_assert_false (g_application_get_is_remote (G_APPLICATION (app->application)));

  app->studio = limn_application_get_studio (app->application);
  app->queue = limn_studio_get_queue (app->studio);
  app->draft = limn_studio_get_draft (app->studio);
  g_signal_connect (app->studio, "toast", G_CALLBACK (on_toast), app);
  g_signal_connect (app->studio, "picture-saved", G_CALLBACK (on_saved), app);
  g_signal_connect (app->queue, "job-ended", G_CALLBACK (on_ended), app);

  if (app->file)
    {
      g_autoptr(GFile) file = g_file_new_for_path (app->file);

      g_application_open (G_APPLICATION (app->application), &file, 1, "");
    }
  else
    g_application_activate (G_APPLICATION (app->application));
  app->window = get_window (app);
  g_assert_nonnull (app->window);
  clock = gtk_widget_get_frame_clock (GTK_WIDGET (app->window));
  handler = g_signal_connect (clock, "after-paint", G_CALLBACK (on_after_paint), &drawn);
  limn_test_wait (drawn);
  g_signal_handler_disconnect (clock, handler);
  /* The queue that was kept has been read, and the model has been asked, once what the fields show is known. */
  limn_test_wait (limn_draft_get_inspection (app->draft));
}

void
limn_test_app_close (LimnTestApp *app)
{
  char name[] = "limn", option[] = "--gapplication-service";
  char *service[] = { name, option, NULL };
  LimnKeeper *keeper = limn_studio_get_keeper (app->studio);

  g_object_add_weak_pointer (G_OBJECT (keeper), (gpointer *) &keeper);
  gtk_window_close (GTK_WINDOW (app->window));
  limn_test_wait (!get_window (app));
  app->window = NULL;
  g_signal_handlers_disconnect_by_data (app->studio, app);
  g_signal_handlers_disconnect_by_data (app->queue, app);
  /* All that is left of a run is its end: "shutdown", and good-bye to the bus. As a service it opens no window for that. */
  g_idle_add_once ((GSourceOnceFunc) g_application_quit, app->application);
  g_assert_cmpint (g_application_run (G_APPLICATION (app->application), G_N_ELEMENTS (service) - 1, service), ==, 0);
  app->studio = NULL;
  app->queue = NULL;
  app->draft = NULL;
  /* What was on its way when it ended: callbacks of cancelled jobs hold the last references of some parts. */
  limn_test_wait (!g_main_context_pending (NULL));
  g_assert_finalize_object (g_steal_pointer (&app->application));
  /* One that lived on would write its pictures into the next program's folder. What is under way on a thread when the program ends, as looking
   * through folders of models, may hold it until it sees that it was cancelled. */
  limn_test_wait (!keeper);
  g_clear_pointer (&app->toasts, g_ptr_array_unref);
  g_clear_pointer (&app->saved, g_ptr_array_unref);
  g_clear_pointer (&app->jobs, g_ptr_array_unref);
}

static void
forget_settings (void)
{
  g_autoptr(GSettings) settings = g_settings_new (APPLICATION_ID);
  g_autoptr(GSettingsSchema) schema = NULL;
  g_auto(GStrv) keys = NULL;

  g_object_get (settings, "settings-schema", &schema, NULL);
  keys = g_settings_schema_list_keys (schema);
  for (guint i = 0; keys[i]; i++)
    g_settings_reset (settings, keys[i]);
  g_settings_sync ();
}

void
limn_test_app_set_up (LimnTestApp *app, gconstpointer data)
{
  g_autofree char *state = g_build_filename (g_get_user_data_dir (), "limn", NULL);
  g_autofree char *pictures = g_build_filename (g_get_home_dir (), "Pictures", "Limn", NULL);

  /* Not in the home of whoever calls this program without run-app-test.py. */
  g_assert_true (g_str_has_prefix (g_get_home_dir (), g_get_tmp_dir ()) || strstr (g_get_home_dir (), "limn-app-"));
  limn_test_remove_folder (state);
  limn_test_remove_folder (pictures);
  g_unlink (pictures);
  forget_settings ();
  app->desktop = limn_test_desktop_get ();
  limn_test_app_start (app);
}

void
limn_test_app_tear_down (LimnTestApp *app, gconstpointer data)
{
  if (app->application)
    limn_test_app_close (app);
}

/* --- Widgets --- */

static gboolean
is_called (GtkWidget *widget, const char *name)
{
  const char *buildable = gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget));

  if (g_strcmp0 (buildable, name) == 0 || g_strcmp0 (gtk_widget_get_tooltip_text (widget), name) == 0)
    return TRUE;
  if (GTK_IS_BUTTON (widget))
    return g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), name) == 0;
  if (GTK_IS_LABEL (widget))
    return g_strcmp0 (gtk_label_get_label (GTK_LABEL (widget)), name) == 0;
  return FALSE;
}

GtkWidget *
limn_test_find (GtkWidget *root, GType type, const char *name)
{
  if ((type == G_TYPE_NONE || g_type_is_a (G_OBJECT_TYPE (root), type)) && (!name || is_called (root, name)))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = limn_test_find (child, type, name);

      if (found)
        return found;
    }
  return NULL;
}

AdwMessageDialog *
limn_test_find_message (void)
{
  g_autoptr(GList) windows = gtk_window_list_toplevels ();

  for (GList *l = windows; l; l = l->next)
    if (ADW_IS_MESSAGE_DIALOG (l->data) && gtk_widget_get_mapped (l->data))
      return l->data;
  return NULL;
}

static GtkDropTarget *
find_drop_target (GtkWidget *widget)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr(GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_DROP_TARGET (controller) &&
          gdk_content_formats_contain_gtype (gtk_drop_target_get_formats (GTK_DROP_TARGET (controller)), GDK_TYPE_FILE_LIST))
        return GTK_DROP_TARGET (controller);
    }
  return NULL;
}

gboolean
limn_test_drop (GtkWidget *widget, const char *path)
{
  GtkDropTarget *target = find_drop_target (widget);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  GSList files = { .data = file };
  GValue value = G_VALUE_INIT;
  gboolean taken = FALSE;

  g_assert_nonnull (target);
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_list (&files));
  g_signal_emit_by_name (target, "drop", &value, 1.0, 1.0, &taken);
  g_value_unset (&value);
  return taken;
}

GtkTextView *
limn_test_get_prompt_view (LimnTestApp *app)
{
  GtkWidget *view = limn_test_find (GTK_WIDGET (app->window->prompt_bar), GTK_TYPE_TEXT_VIEW, NULL);

  g_assert_nonnull (view);
  return GTK_TEXT_VIEW (view);
}

void
limn_test_type (GtkTextView *view, const char *text)
{
  GtkTextIter start, end;

  gtk_widget_grab_focus (GTK_WIDGET (view));
  gtk_text_buffer_get_bounds (gtk_text_view_get_buffer (view), &start, &end);
  gtk_text_buffer_select_range (gtk_text_view_get_buffer (view), &start, &end);
  g_signal_emit_by_name (view, "delete-from-cursor", GTK_DELETE_CHARS, 1);
  g_signal_emit_by_name (view, "insert-at-cursor", text);
}

void
limn_test_click (GtkWidget *root, const char *name)
{
  GtkWidget *button;

  g_test_message ("click: %s", name);
  limn_test_wait ((button = limn_test_find (root, GTK_TYPE_BUTTON, name)));
  limn_test_wait (gtk_widget_get_mapped (button) && gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

void
limn_test_activate (LimnTestApp *app, const char *action)
{
  g_test_message ("%s", action);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (app->window), action, NULL));
}

/* --- Painting --- */

void
limn_test_set_small (LimnTestApp *app, guint side, guint steps, guint64 seed)
{
  g_object_set (app->draft, "width", side, "height", side, "steps", steps, "seed", seed, "seed-locked", TRUE, NULL);
}

char *
limn_test_paint (LimnTestApp *app, const char *prompt)
{
  guint before = app->saved->len;

  limn_test_type (limn_test_get_prompt_view (app), prompt);
  limn_test_activate (app, "win.paint");
  limn_test_wait (app->saved->len > before);
  limn_test_wait (!limn_job_queue_get_running (app->queue));
  return g_strdup (g_ptr_array_index (app->saved, before));
}

/* --- Files and pixels --- */

guint
limn_test_count_files (const char *folder, const char *suffix)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir && (name = g_dir_read_name (dir)))
    n += g_str_has_suffix (name, suffix) && name[0] != '.';
  return n;
}

LimnImage *
limn_test_load (const char *path)
{
  GError *error = NULL;
  g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_ALL, &error);

  g_assert_no_error (error);
  return limn_image_ref (png->image);
}

LimnRecipe *
limn_test_load_recipe (const char *path)
{
  g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_TEXTS, NULL);
  GError *error = NULL;
  LimnRecipe *recipe;

  g_assert_nonnull (png);
  recipe = limn_recipe_new_from_json (limn_png_lookup (png, LIMN_RECIPE_KEYWORD), path, &error);
  g_assert_no_error (error);
  g_assert_true (recipe->intact);
  return recipe;
}

void
limn_test_compare_pixels (LimnImage *a, LimnImage *b, gboolean same, const char *file, int line, const char *func)
{
  LimnImageDifference difference;
  g_autoptr(GError) error = NULL;
  g_autofree char *message = NULL;

  if (!a || !b)
    message = g_strdup ("there is no picture");
  else if (!limn_image_compare (a, b, &difference, &error))
    message = g_strdup (error->message);
  else if (same && difference.n_pixels > 0)
    message = g_strdup_printf ("%" G_GUINT64_FORMAT " pixels differ, by at most %u, the first at %u, %u", difference.n_pixels,
                               difference.max, difference.first_x, difference.first_y);
  else if (!same && difference.n_pixels == 0)
    message = g_strdup ("the pixels are the same");
  if (message)
    g_assertion_message (G_LOG_DOMAIN, file, line, func, message);
}

GdkTexture *
limn_test_draw (GtkWidget *widget)
{
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GskRenderNode *node;
  GdkTexture *texture = NULL;

  gdk_paintable_snapshot (paintable, snapshot, gtk_widget_get_width (widget), gtk_widget_get_height (widget));
  node = gtk_snapshot_free_to_node (snapshot);
  if (node)
    {
      graphene_rect_t bounds =
        GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget));

      texture = gsk_renderer_render_texture (gtk_native_get_renderer (gtk_widget_get_native (widget)), node, &bounds);
      gsk_render_node_unref (node);
    }
  return texture;
}
