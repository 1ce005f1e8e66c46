package web

import (
	"encoding/hex"
	"io"
	"net/http"

	"cairn/assets/definition"
	"cairn/assets/voucher"
)

// maxShopPicture is the picture of a series as its page sends it, in bytes: the page
// has made it small before.
const maxShopPicture = 512 << 10

// shopPicture takes the picture of a series: made anew from its pixels, as every
// picture from strangers is, and served under the name of its content.
func (s *Server) shopPicture(c Ctx) error {
	if _, _, err := s.shopKey(c, voucher.Manage); err != nil {
		return err
	}
	raw, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return badForm(err)
	}
	hash, err := s.deps.AssetDesk.Definitions.KeepPicture(c.Request().Context(), raw)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]string{"own": hex.EncodeToString(hash[:]), "path": definition.PicturePath(hash)})
}

// pictureNamed reads the name of a picture that is kept; ok is false for anything else.
func pictureNamed(name string) (hash [32]byte, ok bool) {
	raw, err := hex.DecodeString(name)
	if err != nil || len(raw) != len(hash) || hex.EncodeToString(raw) != name {
		return hash, false
	}
	return [32]byte(raw), true
}

// ownPicture is that of a series; zero for none.
func ownPicture(series voucher.Series) [32]byte {
	hash, _ := pictureNamed(readDesign(series.Design).Own)
	return hash
}
