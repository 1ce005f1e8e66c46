package sums

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// The lists of testdata/lists.json are read by the page's own reader too
// (public/src/sums.js, tested in app/e2e/modules), so that both agree.
func TestListsAsThePageReadsThem(t *testing.T) {
	raw, err := os.ReadFile("testdata/lists.json")
	if err != nil {
		t.Fatal(err)
	}
	var lists []struct {
		Name, Text string
		Limit      int
		Entries    [][3]any
		Bad        [][2]any
	}
	if err := json.Unmarshal(raw, &lists); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]error{
		"line": ErrLine, "algorithm": ErrAlgorithm, "conflict": ErrConflict, "too-long": ErrTooLong, "too-many": ErrTooMany,
	}
	for _, list := range lists {
		if list.Limit == 0 {
			list.Limit = 100
		}
		entries, err := Parse(strings.NewReader(list.Text), list.Limit)
		var got [][3]any
		for _, e := range entries {
			got = append(got, [3]any{float64(e.Line), hex.EncodeToString(e.Digest[:]), e.Name})
		}
		if !reflect.DeepEqual(got, list.Entries) {
			t.Errorf("%s: entries %v, want %v", list.Name, got, list.Entries)
		}
		var bad Errors
		if errors.As(err, &bad) != (len(list.Bad) > 0) || len(bad) != len(list.Bad) {
			t.Errorf("%s: %v, want %v", list.Name, err, list.Bad)
			continue
		}
		for i, want := range list.Bad {
			if fmt.Sprint(bad[i].Line) != fmt.Sprint(want[0]) || !errors.Is(bad[i], kinds[want[1].(string)]) {
				t.Errorf("%s: %v, want %v", list.Name, bad[i], want)
			}
		}
	}
}
