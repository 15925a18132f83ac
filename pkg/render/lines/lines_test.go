package lines_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/render/lines"
)

func TestATextBecomesOneLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Office chairs": "Office chairs", "  Office\n\tchairs ": "Office chairs", "a\u202eb\x00c\ufeff": "abc",
		"Office chairs and tables": "Office chairs and…", "été": "été",
	} {
		assert.Equal(t, want, lines.One(text, 20), "%q", text)
	}
}

func TestALineIsBrokenAtItsWidth(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "one two\nthree\n\n- four\n  five\n-- \n", lines.Wrap("one two three\n\n\n\n- four five\n-- ", 7))
	assert.Equal(t, "会 会\n会\n", lines.Wrap("会 会 会", 6), "two columns each")
}
