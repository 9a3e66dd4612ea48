/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One number in an XMP packet, which is RDF in XML. No library that is at hand changes a value and leaves every other byte
 * as it was, and to write out anew what another program has written would lose what is not understood. So GMarkup
 * judges whether the packet is sound, and then a walk over its tags finds where the rating stands, as an attribute
 *
 *   <rdf:RDF><rdf:Description xmp:Rating="3">   or an element   <rdf:RDF><rdf:Description><xmp:Rating>3</xmp:Rating>
 *
 * whatever the prefixes are called. Ratings deeper inside belong to other pictures (ingredients, history).
 */
#include "config.h"

#include "image/limn-xmp.h"

#include "base/limn-error.h"

#include <math.h>
#include <string.h>

#define NS_XMP "http://ns.adobe.com/xap/1.0/"
#define NS_RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

/* Elements inside each other; sound packets have about ten. */
#define MAX_DEPTH 100

/* Declarations of namespaces that are in force together; sound packets have about twenty. Each name is looked up in them. */
#define MAX_BINDINGS 200

/* What Limn writes where there was no packet. The wrapper is that of the XMP specification, part 1, 7.3.2. */
#define OWN_HEAD \
  "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" \
  "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n" \
  " <rdf:RDF xmlns:rdf=\"" NS_RDF "\">\n" \
  "  <rdf:Description rdf:about=\"\" xmlns:xmp=\"" NS_XMP "\" xmp:Rating=\""
#define OWN_TAIL \
  "\"/>\n" \
  " </rdf:RDF>\n" \
  "</x:xmpmeta>\n" \
  "<?xpacket end=\"w\"?>"

typedef struct
{
  const char *start;
  gsize       length;
} Slice;

typedef enum
{
  KIND_OTHER,
  KIND_RDF,
  KIND_DESCRIPTION,
  KIND_RATING,
} Kind;

/* xmlns:prefix="uri", as long as its element is open. */
typedef struct
{
  guint depth;
  Slice prefix;
  Slice uri;
} Binding;

typedef struct
{
  Slice name;
  Slice value;
} Attribute;

/* Where a rating stands. */
typedef struct
{
  Slice    value;
  gboolean is_empty_tag; /* @value is then all of <xmp:Rating/> */
  Slice    tag;          /* the name in that */
} Place;

typedef struct
{
  const char *text;
  GArray     *kinds;    /* of Kind: the open elements */
  GArray     *bindings; /* of Binding */
  GArray     *places;   /* of Place */
  const char *content;  /* of the rating element that is open */
  gboolean    odd;      /* a rating that is no plain number */

  Slice       rdf_name;         /* "rdf:RDF" as written; empty while there is none */
  const char *rdf_end;          /* "</rdf:RDF>", or "/>" of <rdf:RDF/> */
  gboolean    rdf_is_empty_tag;
  const char *description;      /* behind the name of the first rdf:Description */
  Slice       xmp_prefix;       /* bound to NS_XMP there; empty if none is */
  gboolean    xmp_is_taken;     /* "xmp" means something else there */
} Walk;

static gboolean
slice_is (Slice       slice,
          const char *text)
{
  return slice.length == strlen (text) && memcmp (slice.start, text, slice.length) == 0;
}

static gboolean
slice_equal (Slice a,
             Slice b)
{
  return a.length == b.length && memcmp (a.start, b.start, a.length) == 0;
}

/* "p:name" -> p and name; without a colon the prefix is empty. */
static Slice
split_name (Slice  name,
            Slice *prefix)
{
  const char *colon = memchr (name.start, ':', name.length);

  *prefix = (Slice) { name.start, colon != NULL ? colon - name.start : 0 };
  if (colon == NULL)
    return name;
  return (Slice) { colon + 1, name.start + name.length - colon - 1 };
}

static gboolean
is_bound_to (const Walk *walk,
             Slice       prefix,
             const char *uri)
{
  for (guint i = walk->bindings->len; i > 0; i--)
    {
      const Binding *binding = &g_array_index (walk->bindings, Binding, i - 1);

      if (slice_equal (binding->prefix, prefix))
        return slice_is (binding->uri, uri);
    }
  return FALSE;
}

static gboolean
name_is (const Walk *walk,
         Slice       name,
         const char *uri,
         const char *local)
{
  Slice prefix;

  return slice_is (split_name (name, &prefix), local) && is_bound_to (walk, prefix, uri);
}

static const char *
skip_space (const char *p)
{
  while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
    p++;
  return p;
}

static const char *
skip_name (const char *p)
{
  while (*p != '\0' && strchr (" \t\n\r=/>\"'<", *p) == NULL)
    p++;
  return p;
}

/* @p: behind the name of a start tag. Returns: its '>' or "/>", NULL where it makes no sense. */
static const char *
read_attributes (const char *p,
                 GArray     *attributes)
{
  for (;;)
    {
      Attribute attribute;
      const char *end;
      char quote[2] = "";

      p = skip_space (p);
      if (*p == '>' || (p[0] == '/' && p[1] == '>'))
        return p;
      end = skip_name (p);
      attribute.name = (Slice) { p, end - p };
      p = skip_space (end);
      if (attribute.name.length == 0 || *p != '=')
        return NULL;
      p = skip_space (p + 1);
      quote[0] = *p;
      if (quote[0] != '"' && quote[0] != '\'')
        return NULL;
      end = strchr (p + 1, quote[0]);
      if (end == NULL)
        return NULL;
      attribute.value = (Slice) { p + 1, end - p - 1 };
      g_array_append_val (attributes, attribute);
      p = end + 1;
    }
}

static Kind
kind_of (const Walk *walk,
         Slice       name)
{
  guint depth = walk->kinds->len;
  Kind parent = depth > 0 ? g_array_index (walk->kinds, Kind, depth - 1) : KIND_OTHER;

  if (depth <= 1 && name_is (walk, name, NS_RDF, "RDF"))
    return KIND_RDF;
  if (parent == KIND_RDF && name_is (walk, name, NS_RDF, "Description"))
    return KIND_DESCRIPTION;
  if (parent == KIND_DESCRIPTION && name_is (walk, name, NS_XMP, "Rating"))
    return KIND_RATING;
  return KIND_OTHER;
}

static void
close_element (Walk       *walk,
               const char *tag)
{
  guint depth = walk->kinds->len;
  Kind kind = g_array_index (walk->kinds, Kind, depth - 1);

  if (kind == KIND_RDF && walk->rdf_end == NULL)
    walk->rdf_end = tag;
  if (kind == KIND_RATING && walk->content != NULL)
    {
      const Place place = { .value = { walk->content, tag - walk->content } };

      g_array_append_val (walk->places, place);
      walk->content = NULL;
    }
  while (walk->bindings->len > 0
         && g_array_index (walk->bindings, Binding, walk->bindings->len - 1).depth >= depth)
    g_array_set_size (walk->bindings, walk->bindings->len - 1);
  g_array_set_size (walk->kinds, depth - 1);
}

static void
open_description (Walk       *walk,
                  const char *name_end,
                  GArray     *attributes)
{
  for (guint i = 0; i < attributes->len; i++)
    {
      const Attribute *attribute = &g_array_index (attributes, Attribute, i);
      const Place place = { .value = attribute->value };

      if (memchr (attribute->name.start, ':', attribute->name.length) != NULL
          && name_is (walk, attribute->name, NS_XMP, "Rating"))
        g_array_append_val (walk->places, place);
    }
  if (walk->description != NULL)
    return;
  walk->description = name_end;
  for (guint i = 0; i < walk->bindings->len; i++)
    {
      const Binding *binding = &g_array_index (walk->bindings, Binding, i);

      if (binding->prefix.length > 0 && is_bound_to (walk, binding->prefix, NS_XMP))
        walk->xmp_prefix = binding->prefix;
      if (slice_is (binding->prefix, "xmp"))
        walk->xmp_is_taken = !is_bound_to (walk, binding->prefix, NS_XMP);
    }
}

/* @tag: '<' of a start tag. Returns: behind it. */
static const char *
open_element (Walk       *walk,
              const char *tag)
{
  g_autoptr(GArray) attributes = g_array_new (FALSE, FALSE, sizeof (Attribute));
  const char *name_end = skip_name (tag + 1);
  const char *end = read_attributes (name_end, attributes);
  Slice name = { tag + 1, name_end - tag - 1 };
  gboolean is_empty_tag;
  const char *after;
  Kind kind;

  if (end == NULL || name.length == 0 || walk->kinds->len >= MAX_DEPTH)
    return NULL;
  is_empty_tag = *end == '/';
  after = end + (is_empty_tag ? 2 : 1);

  for (guint i = 0; i < attributes->len; i++)
    {
      const Attribute *attribute = &g_array_index (attributes, Attribute, i);
      Slice prefix;
      Slice local = split_name (attribute->name, &prefix);
      Binding binding = { walk->kinds->len + 1, { local.start, 0 }, attribute->value };

      if (slice_is (prefix, "xmlns"))
        binding.prefix = local;
      else if (!slice_is (attribute->name, "xmlns"))
        continue;
      if (walk->bindings->len >= MAX_BINDINGS)
        return NULL;
      g_array_append_val (walk->bindings, binding);
    }

  kind = kind_of (walk, name);
  if (walk->content != NULL)
    walk->odd = TRUE;
  if (kind == KIND_DESCRIPTION)
    open_description (walk, name_end, attributes);
  if (kind == KIND_RDF && walk->rdf_name.length == 0)
    {
      walk->rdf_name = name;
      walk->rdf_is_empty_tag = is_empty_tag;
    }
  if (kind == KIND_RATING && is_empty_tag)
    {
      const Place place = { { tag, after - tag }, TRUE, name };

      g_array_append_val (walk->places, place);
    }
  else if (kind == KIND_RATING)
    {
      walk->content = after;
    }
  g_array_append_val (walk->kinds, kind);
  if (is_empty_tag)
    close_element (walk, end);
  return after;
}

static const char *
behind (const char *p,
        const char *what)
{
  const char *found = strstr (p, what);

  return found != NULL ? found + strlen (what) : NULL;
}

/* FALSE where the walk gets lost, or there is no rdf:RDF. */
static gboolean
walk_run (Walk *walk)
{
  const char *p = walk->text;

  while ((p = strchr (p, '<')) != NULL)
    {
      if (g_str_has_prefix (p, "<?"))
        p = behind (p, "?>");
      else if (g_str_has_prefix (p, "<!--"))
        p = behind (p, "-->");
      else if (g_str_has_prefix (p, "<![CDATA["))
        p = behind (p, "]]>");
      else if (p[1] == '!') /* a DOCTYPE could define entities; XMP has none */
        return FALSE;
      else if (p[1] != '/')
        p = open_element (walk, p);
      else if (walk->kinds->len == 0)
        return FALSE;
      else
        {
          close_element (walk, p);
          p = strchr (p, '>');
        }
      if (p == NULL)
        return FALSE;
    }
  return walk->kinds->len == 0 && walk->rdf_name.length > 0 && walk->rdf_end != NULL && !walk->odd;
}

static void
walk_clear (Walk *walk)
{
  g_clear_pointer (&walk->kinds, g_array_unref);
  g_clear_pointer (&walk->bindings, g_array_unref);
  g_clear_pointer (&walk->places, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Walk, walk_clear)

static void
on_start_element (GMarkupParseContext  *context,
                  const char           *name,
                  const char          **attribute_names,
                  const char          **attribute_values,
                  gpointer              data,
                  GError              **error)
{
  guint *depth = data;

  if (++*depth > MAX_DEPTH)
    g_set_error (error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "elements more than %d deep", MAX_DEPTH);
}

static void
on_end_element (GMarkupParseContext  *context,
                const char           *name,
                gpointer              data,
                GError              **error)
{
  guint *depth = data;

  --*depth;
}

static gboolean
is_sound (const char  *packet,
          GError     **error)
{
  static const GMarkupParser parser = { .start_element = on_start_element, .end_element = on_end_element };
  guint depth = 0;
  g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new (&parser, G_MARKUP_DEFAULT_FLAGS, &depth, NULL);

  /* The mark that some editors put in front of UTF-8. */
  if (g_str_has_prefix (packet, "\xef\xbb\xbf"))
    packet += 3;
  return g_markup_parse_context_parse (context, packet, -1, error) && g_markup_parse_context_end_parse (context, error);
}

static gboolean
walk_packet (Walk        *walk,
             const char  *packet,
             GError     **error)
{
  g_autoptr(GError) cause = NULL;

  walk->text = packet;
  walk->kinds = g_array_new (FALSE, FALSE, sizeof (Kind));
  walk->bindings = g_array_new (FALSE, FALSE, sizeof (Binding));
  walk->places = g_array_new (FALSE, FALSE, sizeof (Place));
  if (!is_sound (packet, &cause) || !walk_run (walk))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "Another program has left notes (XMP) in this picture that Limn "
                   "cannot change without harm. (%s)", cause != NULL ? cause->message : "unusual XML");
      return FALSE;
    }
  return TRUE;
}

static int
place_get_rating (const Place *place)
{
  g_autofree char *text = g_strndup (place->value.start, place->value.length);
  char *end;
  double value;

  g_strstrip (text);
  value = g_ascii_strtod (text, &end);
  /* The specification calls it a real number; "4.5" has been seen. */
  if (text[0] == '\0' || *end != '\0' || !(value >= -1 && value <= LIMN_XMP_MAX_RATING))
    return 0;
  return (int) floor (value);
}

int
limn_xmp_get_rating (const char *packet)
{
  g_auto(Walk) walk = { 0 };

  if (packet == NULL || !walk_packet (&walk, packet, NULL) || walk.places->len == 0)
    return 0;
  return place_get_rating (&g_array_index (walk.places, Place, 0));
}

/* The packet is Limn's own: nothing in it but a rating. */
static gboolean
is_own (const char *packet)
{
  gsize head = strlen (OWN_HEAD);

  if (!g_str_has_prefix (packet, OWN_HEAD))
    return FALSE;
  packet += head + strspn (packet + head, "-012345");
  return strcmp (packet, OWN_TAIL) == 0;
}

/* @packet with @rating at each of the places that have one. */
static char *
replace_ratings (const Walk *walk,
                 int         rating)
{
  GString *result = g_string_new (NULL);
  const char *from = walk->text;

  for (guint i = 0; i < walk->places->len; i++)
    {
      const Place *place = &g_array_index (walk->places, Place, i);

      g_string_append_len (result, from, place->value.start - from);
      if (place->is_empty_tag)
        g_string_append_printf (result, "<%.*s>%d</%.*s>", (int) place->tag.length, place->tag.start, rating,
                                (int) place->tag.length, place->tag.start);
      else
        g_string_append_printf (result, "%d", rating);
      from = place->value.start + place->value.length;
    }
  g_string_append (result, from);
  return g_string_free (result, FALSE);
}

/* @packet with a rating where there was none. */
static char *
add_rating (const Walk *walk,
            int         rating)
{
  GString *result = g_string_new (NULL);

  if (walk->description != NULL)
    {
      g_string_append_len (result, walk->text, walk->description - walk->text);
      if (walk->xmp_prefix.length > 0)
        g_string_append_printf (result, " %.*s:Rating=\"%d\"", (int) walk->xmp_prefix.length, walk->xmp_prefix.start,
                                rating);
      else
        g_string_append_printf (result, " xmlns:%1$s=\"" NS_XMP "\" %1$s:Rating=\"%2$d\"",
                                walk->xmp_is_taken ? "limnxmp" : "xmp", rating);
      g_string_append (result, walk->description);
    }
  else
    {
      Slice prefix;
      const char *colon;

      split_name (walk->rdf_name, &prefix);
      colon = prefix.length > 0 ? ":" : "";
      g_string_append_len (result, walk->text, walk->rdf_end - walk->text);
      if (walk->rdf_is_empty_tag)
        g_string_append_c (result, '>');
      /* Own declarations for both: what the element around declares does not matter then. */
      g_string_append_printf (result, "<%.*s%sDescription xmlns:limnrdf=\"" NS_RDF "\" limnrdf:about=\"\" "
                              "xmlns:xmp=\"" NS_XMP "\" xmp:Rating=\"%d\"/>",
                              (int) prefix.length, prefix.start, colon, rating);
      if (walk->rdf_is_empty_tag)
        g_string_append_printf (result, "</%.*s>%s", (int) walk->rdf_name.length, walk->rdf_name.start,
                                walk->rdf_end + 2);
      else
        g_string_append (result, walk->rdf_end);
    }
  return g_string_free (result, FALSE);
}

gboolean
limn_xmp_set_rating (const char  *packet,
                     int          rating,
                     char       **result,
                     GError     **error)
{
  g_auto(Walk) walk = { 0 };

  g_return_val_if_fail (rating >= -1 && rating <= LIMN_XMP_MAX_RATING, FALSE);

  if (packet == NULL || *skip_space (packet) == '\0' || is_own (packet))
    {
      *result = rating != 0 ? g_strdup_printf ("%s%d%s", OWN_HEAD, rating, OWN_TAIL) : NULL;
      return TRUE;
    }
  if (!walk_packet (&walk, packet, error))
    return FALSE;
  if (walk.places->len > 0)
    *result = replace_ratings (&walk, rating);
  else if (rating != 0)
    *result = add_rating (&walk, rating);
  else
    *result = g_strdup (packet);
  return TRUE;
}
