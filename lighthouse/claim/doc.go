// Package claim turns enough pledges into the one transaction that pays a
// campaign's beneficiaries, and sees it into a block.
//
//	Ready → Claim (or by itself) → sent until a block holds it
//	                 ↑   a backer leaves: rebuilt from those who wait
//
// # Why beneficiaries are paid once
//
// Every transaction made for a campaign is an attempt. Backers can leave until a
// block holds an attempt, and then another one is made of other pledges. An
// attempt that was ever stored may have been sent, and whoever saw it can send
// it again for ever: forgetting it is not the same as its being impossible. Were
// two attempts without a coin in common to be mined, the beneficiaries would be
// paid twice, at the cost of the backers of one of them. So each new attempt
// keeps this rule, which plan checks before anything is signed or stored:
//
//	It spends a coin of every earlier attempt of its campaign, in whichever
//	level that was, except of those that are dead: one of whose coins was
//	spent otherwise in a block that lies Settled blocks deep or deeper.
//
// Two attempts that spend a common coin exclude each other in every chain, by
// the rules of consensus alone, whatever reorganisations do and whoever sends
// what. A dead attempt could only return by a reorganisation deeper than
// Settled, which is as deep as the follower itself would follow. Hence any two
// attempts either share a coin or one of them is dead, and at most one of all is
// ever mined. That a backer leaves an attempt does not break the rule: the next
// one has only to share one of the coins that stay, and there is one unless all
// have left. Then there is no new attempt until the old one is dead
// (ErrResting).
//
// The rule binds what is made here. Pledges that were published can be put
// together by anybody; such a claim is recognised in its block by its outputs
// and by the pledges it spends, and is as good as ours.
//
// # Steps
//
// Planning and checking every signature happens outside of transactions. One
// transaction then looks again at every pledge taken, and writes the attempt,
// its entry in the outbox, and the campaign's stage, or nothing. The outbox's
// sender broadcasts. A crash between any two steps leaves no claim, or one that
// is sent at the next start.
//
// The package imports no lnd, no till and no other product.
package claim
