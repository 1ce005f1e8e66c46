package web

import "cairn/channels/fees"

// ware is something that is sold, as its checkout and its receipt speak of it.
// A part that sells says so with offer, in its …Routes function.
type ware struct {
	// name is the key of the text that says what it is: "Own transaction for
	// one document".
	name string
	// shop is the page it is bought on.
	shop string
	// thing is the page of what was bought for a quote; nil for none. open is
	// the key of the words that lead there: "To the proof".
	thing func(q fees.Quote) (path string)
	open  string
	// again asks for the same at today's price, for the visitor's buyer; nil
	// sends him to the shop.
	again func(c Ctx, old fees.Quote) (fees.Quote, error)
}

// offer puts something on sale.
func (s *Server) offer(what string, w ware) { s.wares[what] = w }

// wareOf is what a quote is for. What is no longer sold has a name still.
func (s *Server) wareOf(q fees.Quote) ware {
	if w, ok := s.wares[q.What]; ok {
		return w
	}
	return ware{name: "ware.other", shop: "/"}
}
