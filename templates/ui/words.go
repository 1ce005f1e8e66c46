package ui

import "encoding/json"

// Words are sentences for a script, by its own short names, as the value of a
// data-words attribute (public/src/words.js).
func Words(texts map[string]string) string {
	raw, err := json.Marshal(texts)
	if err != nil {
		panic("ui: a map of strings: " + err.Error())
	}
	return string(raw)
}

// Places are arguments of i18n.T that leave a sentence's placeholders to the
// script, as {Name}.
func Places(names ...string) []any {
	args := make([]any, 0, 2*len(names))
	for _, name := range names {
		args = append(args, name, "{"+name+"}")
	}
	return args
}
