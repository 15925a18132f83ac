package plaintext_test

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/plaintext"
)

func TestAFileThatIsNoTextHasOneCauseWithItsLine(t *testing.T) {
	t.Parallel()
	const (
		wide   = "is UTF-16 text: save it as UTF-8"
		latin  = "is not UTF-8 text: save the file as UTF-8, not as Latin-1 or Windows-1252"
		broken = "has a NUL byte: the file is damaged, or is no text"
	)
	for _, c := range []struct{ name, text, want string }{
		{"UTF-16, little end first", "\xff\xfe" + wideText(binary.LittleEndian, "a: é\n"), wide},
		{"UTF-16, big end first", "\xfe\xff" + wideText(binary.BigEndian, "a: é\n"), wide},
		{"UTF-16 without a mark", wideText(binary.LittleEndian, "name: Zoé Ōta, 7 Łódź €\r\n"), wide},
		{"UTF-16 without a mark, big end first", wideText(binary.BigEndian, "# Zoé\nodoo:\n"), wide},
		{"Latin-1", "a: b\nc: Zo\xe9\n", "line 2: " + latin},
		{"Windows-1252, with its line ends", "a: b\r\nc: d\r\ne: \x80 5\r\n", "line 3: " + latin},
		{"lines that end with a carriage return", "a: b\rc: d\r\xe9", "line 3: " + latin},
		{"a NUL byte", "a: b\nc: \x00d\n", "line 2: " + broken},
		{"NUL bytes after a crash", "a: b\n" + string(make([]byte, 4096)), "line 2: " + broken},
		{"the first of two causes", "a: \x00\nb: \xe9\n", "line 1: " + broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := plaintext.Check([]byte(c.text))
			require.EqualError(t, err, c.want)
			assert.IsType(t, &plaintext.Error{}, err)
		})
	}
	for _, text := range []string{"", "\ufeffa: b\r\n", "Zoé 東京 🎉\n", "a\tb"} {
		assert.NoError(t, plaintext.Check([]byte(text)), "%q", text)
	}
}

func wideText(order binary.ByteOrder, text string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = append(b, 0, 0)
		order.PutUint16(b[len(b)-2:], unit)
	}
	return string(b)
}
