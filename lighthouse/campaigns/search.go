package campaigns

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cairn/app/db"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
	"gorm.io/gorm"
)

// Sort is an order in which campaigns are listed.
type Sort string

// The orders. All but Past, and a search by Newest, list campaigns that are not
// over.
const (
	Newest Sort = "new"    // what was shown last comes first
	Ending Sort = "ending" // open ones, the next to end first
	Almost Sort = "almost" // open ones from 60 % of the goal to below it
	Backed Sort = "backed" // open ones, most backers first
	Soon   Sort = "soon"   // announced ones
	Past   Sort = "past"   // claimed and closed ones
)

// Sorts are all orders, in the order pages offer them in.
var Sorts = []Sort{Newest, Almost, Ending, Backed, Soon, Past}

// almostFrom is where Almost begins, in thousandths of the goal.
const almostFrom = 600

// Query asks for campaigns.
type Query struct {
	// Text are words that all stand in the title, the tagline or the creator's
	// name; case does not matter. Empty for any.
	Text string
	// Category narrows to one; empty does not.
	Category string
	Sort     Sort // empty is Newest
	// After continues a list: Page.Next of the page before.
	After string
	// TakenDown asks for those that are taken down, and for no others, in any
	// stage.
	TakenDown bool
	// Size is how many at most; 0 is PageSize, which is also the most.
	Size int
}

// PageSize is how many campaigns a page has.
const PageSize = 24

// Page is a part of a list. Next asks for the following part; empty at the end.
type Page struct {
	Cards []Card
	Next  string
}

// Card is a campaign as it stands in a list.
type Card struct {
	ID                             lighthouse.ID
	Stage                          lighthouse.Stage
	Withdrawn, Example             bool
	Title, Tagline, Creator, Cover string
	Language, Category             string
	Goal                           btcutil.Amount
	Deadline                       int32
	DeadlineAt                     time.Time
	// Confirmed is what is pledged in confirmed coins, or was claimed; Pending
	// waits for a block. Backers are those of Confirmed.
	Confirmed, Pending btcutil.Amount
	Backers, Followers int
	OpenedAt           time.Time
}

// Thousandths is how much of the goal is there, in 0.1 %; more than 1,000 beyond
// it.
func (c Card) Thousandths() int {
	if c.Goal <= 0 {
		return 0
	}
	return int(1000 * c.Confirmed / c.Goal)
}

type cardRow struct {
	ID                          []byte
	Stage                       lighthouse.Stage
	Withdrawn, Example          bool
	Title, Tagline, CreatorName string
	Cover, Language, Category   string
	GoalSat                     int64
	Deadline                    int32
	DeadlineAt, OpenedAt        *int64
	Confirmed, Pending          int64
	Backers, Followers          int
	SortKey                     int64
}

// What a campaign's pledges add up to (the table of package pledges): once it
// is claimed they are taken.
const (
	sqlConfirmed = "(COALESCE(t.confirmed, 0) + COALESCE(t.taken, 0))"
	sqlBackers   = "(COALESCE(t.backers, 0) + COALESCE(t.taken_backers, 0))"
	sqlPart      = "(" + sqlConfirmed + " * 1000 / CASE WHEN c.goal_sat > 0 THEN c.goal_sat ELSE 1 END)"
)

// order says how an order is made: what its key is, and whether it ascends.
var orders = map[Sort]struct {
	key       string
	ascending bool
	stages    []lighthouse.Stage
	where     string
}{
	Newest: {key: "c.shown_at", stages: []lighthouse.Stage{lighthouse.Announced, lighthouse.Open}},
	Ending: {key: "c.deadline", ascending: true, stages: []lighthouse.Stage{lighthouse.Open}},
	Almost: {key: sqlPart, stages: []lighthouse.Stage{lighthouse.Open}, where: fmt.Sprintf("%s >= %d AND %s < c.goal_sat", sqlPart, almostFrom, sqlConfirmed)},
	Backed: {key: sqlBackers, stages: []lighthouse.Stage{lighthouse.Open}, where: sqlBackers + " > 0"},
	Soon:   {key: "c.shown_at", stages: []lighthouse.Stage{lighthouse.Announced}},
	Past:   {key: "c.shown_at", stages: []lighthouse.Stage{lighthouse.Claimed, lighthouse.Closed}},
}

// cardsQuery begins a question for cards.
func cardsQuery(tx *gorm.DB) *gorm.DB {
	return tx.Table("campaigns c").
		Joins("JOIN campaign_terms r ON r.campaign = c.id AND r.revision = c.revision").
		Joins("LEFT JOIN campaign_totals t ON t.campaign = c.id").
		Select(cardColumns)
}

const cardColumns = "c.id, c.stage, c.withdrawn, c.example, c.title, c.tagline, c.creator_name, c.cover, c.language, c.category, " +
	"c.goal_sat, c.deadline, r.deadline_at, c.opened_at, " + sqlConfirmed + " AS confirmed, COALESCE(t.pending, 0) AS pending, " +
	sqlBackers + " AS backers, (SELECT COUNT(*) FROM campaign_followers f WHERE f.campaign = c.id) AS followers"

// Search lists campaigns. Errors: ErrSort, ErrChoice for an unknown category.
func (s *Service) Search(ctx context.Context, q Query) (Page, error) {
	if q.Sort == "" {
		q.Sort = Newest
	}
	order, ok := orders[q.Sort]
	if !ok {
		return Page{}, fmt.Errorf("%w: %q", ErrSort, q.Sort)
	}
	if q.Category != "" && !slices.Contains(lighthouse.Categories, q.Category) {
		return Page{}, fmt.Errorf("%w: category %q", ErrChoice, q.Category)
	}
	words := searched(q.Text)
	stages := order.stages
	if q.Sort == Newest && (len(words) > 0 || q.TakenDown) {
		stages = []lighthouse.Stage{lighthouse.Announced, lighthouse.Open, lighthouse.Claimed, lighthouse.Closed}
	}
	query := cardsQuery(s.cfg.DB.Read(ctx)).Select(cardColumns+", "+order.key+" AS sort_key").Where("c.stage IN ?", stages)
	query = query.Where("c.taken_down = ?", q.TakenDown)
	if order.where != "" {
		query = query.Where(order.where)
	}
	if q.Category != "" {
		query = query.Where("c.category = ?", q.Category)
	}
	for _, word := range words {
		query = query.Where(`c.search LIKE ? ESCAPE '\'`, "%"+likeEscape.Replace(word)+"%")
	}
	compare, direction := "<", "DESC"
	if order.ascending {
		compare, direction = ">", "ASC"
	}
	if q.After != "" {
		key, id, err := parsePlace(q.After)
		if err != nil {
			return Page{}, err
		}
		query = query.Where(fmt.Sprintf("(%s %s ? OR (%s = ? AND c.id %s ?))", order.key, compare, order.key, compare), key, key, id)
	}
	size := q.Size
	if size <= 0 || size > PageSize {
		size = PageSize
	}
	rows, err := scanCards(query.Order(fmt.Sprintf("sort_key %s, c.id %s", direction, direction)).Limit(size + 1))
	if err != nil {
		return Page{}, err
	}
	var page Page
	if len(rows) > size {
		rows = rows[:size]
		page.Next = place(rows[size-1])
	}
	page.Cards = cards(rows)
	return page, nil
}

func scanCards(query *gorm.DB) (rows []cardRow, err error) {
	if err := query.Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list campaigns: %w", db.Classify(err))
	}
	return rows, nil
}

func cards(rows []cardRow) []Card {
	list := make([]Card, len(rows))
	for i, r := range rows {
		list[i] = Card{
			ID: lighthouse.ID(r.ID), Stage: r.Stage, Withdrawn: r.Withdrawn, Example: r.Example,
			Title: r.Title, Tagline: r.Tagline, Creator: r.CreatorName, Cover: r.Cover, Language: r.Language, Category: r.Category,
			Goal: btcutil.Amount(r.GoalSat), Deadline: r.Deadline, DeadlineAt: moment(r.DeadlineAt),
			Confirmed: btcutil.Amount(r.Confirmed), Pending: btcutil.Amount(r.Pending), Backers: r.Backers, Followers: r.Followers,
			OpenedAt: moment(r.OpenedAt),
		}
	}
	return list
}

const (
	maxSearch = 200 // bytes
	maxWords  = 6
)

var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// searched are the words of a search, as the search column writes them.
func searched(text string) []string {
	text = strings.ToLower(line(text[:min(len(text), maxSearch)]))
	words := strings.Fields(strings.ReplaceAll(text, "\uFFFD", " "))
	return words[:min(len(words), maxWords)]
}

// place is where in its order a row is.
func place(r cardRow) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(r.SortKey, 10) + " " + lighthouse.ID(r.ID).String()))
}

func parsePlace(text string) (key int64, id []byte, err error) {
	wrong := fmt.Errorf("%w: the place in the list", ErrSort)
	if len(text) > 100 {
		return 0, nil, wrong
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, nil, wrong
	}
	first, second, _ := strings.Cut(string(raw), " ")
	if key, err = strconv.ParseInt(first, 10, 64); err != nil {
		return 0, nil, wrong
	}
	name, err := lighthouse.ParseID(second)
	if err != nil {
		return 0, nil, wrong
	}
	return key, name[:], nil
}
