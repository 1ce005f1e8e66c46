package ui

// Pile is a cairn of one to six stones, from the ground up: Solid stones that
// are certain, then Pending ones on their way (hatched), then dashed ones
// still to come, Total in all.
type Pile struct {
	Total, Solid, Pending int
	// Label says in words what the picture shows.
	Label string
}

// stone is one stone's outline and where it lies in a box 190 wide; shapes
// grow smaller upward and overlap a little, as stones do.
type stone struct {
	path string
	x, y int
}

var stones = [6]stone{
	{"M6 22C2 12 22 3 62 3s66 7 66 17-22 17-66 17S10 33 6 22Z", 30, 200},
	{"M4 18C4 8 26 2 55 2s49 5 49 15-20 16-50 16S4 28 4 18Z", 41, 167},
	{"M3 16C3 7 20 2 41 2s38 5 38 13-16 14-39 14S3 25 3 16Z", 55, 139},
	{"M2 13C2 6 14 2 30 2s27 4 27 11-12 11-28 11S2 20 2 13Z", 64, 115},
	{"M2 10C2 5 10 2 20 2s18 3 18 8-8 9-18 9S2 15 2 10Z", 76, 96},
	{"M2 8C2 4 7 2 13 2s12 2 12 6-5 7-12 7S2 12 2 8Z", 82, 80},
}

// lying is the state of one stone of a pile.
type lying struct {
	stone
	class string
}

// lie returns the stones of the pile from the ground up with their states.
func (p Pile) lie() []lying {
	total := min(max(p.Total, 1), len(stones))
	out := make([]lying, total)
	for i := range out {
		class := "coming"
		switch {
		case i < p.Solid && i == total-1:
			class = "solid top"
		case i < p.Solid:
			class = "solid"
		case i < p.Solid+p.Pending:
			class = "pending"
		}
		out[i] = lying{stones[i], class}
	}
	return out
}

// top is the y of the picture's upper edge: a low pile needs less sky.
func (p Pile) top() int {
	total := min(max(p.Total, 1), len(stones))
	return stones[total-1].y - 16
}
