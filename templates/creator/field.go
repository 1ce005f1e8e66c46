package creator

import (
	"context"
	"strconv"
	"strings"
	"time"

	"cairn/templates/i18n"
	"cairn/templates/ui"

	"github.com/a-h/templ"
	"github.com/btcsuite/btcd/btcutil"
)

// field is one of the form's.
type field struct {
	name, label, value string
	// row is the one it stands in, if it is of rows: all of them have one name.
	row  int
	rows bool
	most int
	// example stands in the empty field, help under it.
	example, help string
	min, max      string
	optional      bool
	digits, date  bool
	short         bool
	// free: it may change also when people have pledged.
	free  bool
	attrs templ.Attributes
}

func (f field) id() string {
	if f.rows {
		return id(f.name, f.row)
	}
	return f.name
}

func (f field) kind() string {
	if f.date {
		return "date"
	}
	return "text"
}

func (f field) mostText() string { return strconv.Itoa(f.most) }

func (f field) required() string { return strconv.FormatBool(!f.optional) }

// describedBy names what stands under the field.
func (f field) describedBy(v FormView) string {
	var ids []string
	if v.Mistakes[f.id()] != "" {
		ids = append(ids, f.id()+"-wrong")
	}
	if f.help != "" {
		ids = append(ids, f.id()+"-help")
	}
	return strings.Join(ids, " ")
}

// writeWords are the sentences of the script.
func writeWords(ctx context.Context) string {
	return ui.Words(map[string]string{
		"kept":    i18n.T(ctx, "creator.js.kept"),
		"sum":     i18n.T(ctx, "creator.js.sum", ui.Places("Goal")...),
		"given":   i18n.T(ctx, "creator.js.given"),
		"fresh":   i18n.T(ctx, "creator.js.fresh"),
		"failed":  i18n.T(ctx, "creator.js.failed"),
		"large":   i18n.T(ctx, "creator.js.large"),
		"picture": i18n.T(ctx, "creator.js.picture"),
	})
}

func saveLabel(ctx context.Context, v FormView) string {
	if v.Desk == "" {
		return i18n.T(ctx, "creator.save.first")
	}
	return i18n.T(ctx, "creator.save")
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

func sats(a btcutil.Amount) string { return strconv.FormatInt(int64(a), 10) }

// CategoryName is what people call a category.
func CategoryName(ctx context.Context, category string) string {
	switch category {
	case "art":
		return i18n.T(ctx, "creator.category.art")
	case "books":
		return i18n.T(ctx, "creator.category.books")
	case "community":
		return i18n.T(ctx, "creator.category.community")
	case "education":
		return i18n.T(ctx, "creator.category.education")
	case "film":
		return i18n.T(ctx, "creator.category.film")
	case "games":
		return i18n.T(ctx, "creator.category.games")
	case "music":
		return i18n.T(ctx, "creator.category.music")
	case "open-source":
		return i18n.T(ctx, "creator.category.open-source")
	case "science":
		return i18n.T(ctx, "creator.category.science")
	}
	return i18n.T(ctx, "creator.category.other")
}
