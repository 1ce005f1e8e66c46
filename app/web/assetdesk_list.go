package web

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"cairn/assets"
	"cairn/assets/compose"
	"cairn/templates/assetdesk"
	"cairn/templates/i18n"
)

// maxListTyped is how long a list of receivers is, in bytes.
const maxListTyped = 300_000

// lineMistake is a mistake in one line of a list, counted from 1.
type lineMistake struct {
	line int
	err  error
}

func (m lineMistake) Error() string { return fmt.Sprintf("line %d: %v", m.line, m.err) }
func (m lineMistake) Unwrap() error { return m.err }

// lineSaid is where the mistake is, for people; empty for one in no line.
func lineSaid(c Ctx, err error) string {
	var at lineMistake
	if !errors.As(err, &at) {
		return ""
	}
	return t(c, "assetdesk.list.line", "Line", i18n.Number(int64(at.line))) + " "
}

// listTyped reads who gets how many units: one a line, a receiver and then units, with
// a comma, a semicolon, a tab or spaces between, as spreadsheets save it. A first line
// without any digit behind is a heading. knows says that all of them can hold units.
// Errors, in a lineMistake: ErrReceiver, assets.ErrNetwork, assets.ErrUnits;
// compose.ErrLimit, compose.ErrNothing.
func (s *Server) listTyped(text string, asset assetdesk.Asset) (list []assets.Payment, knows bool, err error) {
	if len(text) > maxListTyped {
		return nil, false, compose.ErrLimit
	}
	knows = true
	for i, line := range strings.Split(text, "\n") {
		to, units, found := cutLine(line)
		if to == "" || len(list) == 0 && !strings.ContainsFunc(units, unicode.IsDigit) && !strings.ContainsFunc(to, unicode.IsDigit) {
			continue
		}
		if !found {
			return nil, false, lineMistake{i + 1, assets.ErrUnits}
		}
		script, sure, err := s.receiver(to)
		if err != nil {
			return nil, false, lineMistake{i + 1, err}
		}
		n, err := assetdesk.ParseUnits(units, asset.Decimals)
		if err != nil {
			return nil, false, lineMistake{i + 1, err}
		}
		if len(list) == compose.MostPayments {
			return nil, false, fmt.Errorf("%w: %d receivers", compose.ErrLimit, len(list)+1)
		}
		list, knows = append(list, assets.Payment{Script: script, Asset: asset.ID, Units: n}), knows && sure
	}
	if len(list) == 0 {
		return nil, false, compose.ErrNothing
	}
	return list, knows, nil
}

// cutLine takes a receiver and what follows it apart; quotes of spreadsheets go.
func cutLine(line string) (to, units string, found bool) {
	line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
	at := strings.IndexAny(line, ",;\t ")
	if at < 0 {
		return strings.Trim(line, `"`), "", false
	}
	return strings.Trim(line[:at], `" `), strings.Trim(line[at:], `",; `+"\t"), true
}
