package voucher

// Pictures are the drawings a voucher can have.
var Pictures = []string{"book", "cup", "bread", "flower", "heart", "scissors", "bike", "note", "leaf", "ticket", "spoon", "star"}

// drawings are paths of strokes in a box of 48 by 48, by name. The sheet draws the
// same ones: the page hands them over.
var drawings = map[string]string{
	"book":     "M24 13c-4-4-10-5-17-5v29c7 0 13 1 17 5 4-4 10-5 17-5V8c-7 0-13 1-17 5Zm0 0v29",
	"cup":      "M9 18h26v12a10 10 0 0 1-10 10h-6A10 10 0 0 1 9 30Zm26 3h3a5 5 0 0 1 0 10h-4M16 6c-2 2 2 4 0 7m7-7c-2 2 2 4 0 7m7-7c-2 2 2 4 0 7",
	"bread":    "M8 22c-4-6 2-12 8-12h16c6 0 12 6 8 12l-2 2v14H10V24Zm9-5 4 5m3-5 4 5m3-5 3 4",
	"flower":   "M24 22a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm0-8c-3-9-12-4-6 3m6-3c3-9 12-4 6 3m-6 5c-3 9-12 4-7-4m7 4c3 9 12 4 7-4m-7 6v18m0-3c-5 0-8-3-9-7 5 0 8 2 9 7Z",
	"heart":    "M24 41C10 31 5 24 5 17a9 9 0 0 1 19-3 9 9 0 0 1 19 3c0 7-5 14-19 24Z",
	"scissors": "M14 18a5 5 0 1 0 0-10 5 5 0 0 0 0 10Zm0 22a5 5 0 1 0 0-10 5 5 0 0 0 0 10Zm4-24 24 18m-24-2 24-18",
	"bike":     "M12 38a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm24 0a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM12 30l7-15h12l5 15m-16-9h13L24 30Zm-2-8h6",
	"note":     "M17 36V10l20-4v26M17 36a5 5 0 1 1-10 0 5 5 0 0 1 10 0Zm20-4a5 5 0 1 1-10 0 5 5 0 0 1 10 0ZM17 17l20-4",
	"leaf":     "M8 40C8 18 20 8 42 7c0 22-9 32-26 31m-8 2c6-12 13-18 22-22",
	"ticket":   "M5 14h38v7a4 4 0 0 0 0 8v7H5v-7a4 4 0 0 0 0-8Zm24 0v4m0 5v4m0 5v4",
	"spoon":    "M13 6v12a4 4 0 0 0 8 0V6m-4 0v36M35 42V6c-6 3-8 11-6 19h6",
	"star":     "m24 6 5 12 13 1-10 9 3 13-11-7-11 7 3-13-10-9 13-1Z",
}
