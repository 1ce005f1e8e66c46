package web

import (
	"net/http"

	"cairn/lighthouse/document"
	"cairn/lighthouse/progress/tree"
)

// documentRules are what can be wrong with the files of campaigns and pledges.
var documentRules = []rule{
	{document.ErrSize, http.StatusRequestEntityTooLarge, "error.document.size", "error.document.again"},
	{document.ErrVersion, http.StatusUnprocessableEntity, "error.document.version", "error.document.version.advice"},
	{document.ErrSigned, http.StatusUnprocessableEntity, "error.document.signed", "error.document.again"},
	{document.ErrOther, http.StatusUnprocessableEntity, "error.document.other", "error.document.other.advice"},
	{document.ErrContents, http.StatusUnprocessableEntity, "error.document.contents", "error.document.again"},
	{document.ErrFile, http.StatusUnprocessableEntity, "error.document.file", "error.document.file.advice"},
	{tree.ErrPath, http.StatusUnprocessableEntity, "error.document.path", ""},
	{tree.ErrHead, http.StatusUnprocessableEntity, "error.document.head", ""},
}
