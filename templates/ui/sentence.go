package ui

import (
	"context"
	"io"

	"cairn/templates/i18n"

	"github.com/a-h/templ"
)

// Slots are the components a sentence carries, by the name of their
// placeholder.
type Slots map[string]templ.Component

// Sentence writes the text under key with components where its language wants
// them: Sentence("proof.say.existed", Slots{"Date": Day(t)}). args are names and
// values for plain placeholders.
func Sentence(key string, slots Slots, args ...any) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return write(ctx, w, slots, i18n.Split(ctx, key, slots.names(), args...))
	})
}

// SentenceN is Sentence in the plural form that count asks for.
func SentenceN(key string, count int64, slots Slots, args ...any) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return write(ctx, w, slots, i18n.SplitN(ctx, key, count, slots.names(), args...))
	})
}

func (s Slots) names() []string {
	names := make([]string, 0, len(s))
	for name := range s {
		names = append(names, name)
	}
	return names
}

func write(ctx context.Context, w io.Writer, slots Slots, parts []i18n.Part) error {
	for _, part := range parts {
		if part.Slot == "" {
			if _, err := io.WriteString(w, templ.EscapeString(part.Text)); err != nil {
				return err
			}
			continue
		}
		if err := slots[part.Slot].Render(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// Text is plain text as a component.
func Text(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, templ.EscapeString(s))
		return err
	})
}
