package connection

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// keySize is the size of a sealing key in bytes: AES-256.
const keySize = 32

// sealed texts begin with the version of their form.
const sealVersion = "v1."

// errOpen says no more than it knows: GCM cannot tell a wrong key from a damaged text.
var errOpen = errors.New("the secret does not open: another key, or the file was changed")

// ParseKey reads a key given as text: 64 hexadecimal digits, or 32 bytes in base64.
func ParseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if b, err := hex.DecodeString(text); err == nil && len(b) == keySize {
		return b, nil
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(text); err == nil && len(b) == keySize {
			return b, nil
		}
	}
	return nil, fmt.Errorf("key: it must be %d bytes, as 64 hexadecimal digits or in base64", keySize)
}

// Seal encrypts a secret so that it opens only with the same key and the same bound texts.
// The nonce is drawn from random.
func Seal(random io.Reader, key []byte, secret string, bound ...string) (string, error) {
	g, err := gcm(key)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, g.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	text := g.Seal(nonce, nonce, []byte(secret), additional(bound))
	return sealVersion + base64.RawStdEncoding.EncodeToString(text), nil
}

// Unseal decrypts what [Seal] made. Its error tells nothing of the content.
func Unseal(key []byte, sealed string, bound ...string) (string, error) {
	g, err := gcm(key)
	if err != nil {
		return "", err
	}
	rest, ok := strings.CutPrefix(sealed, sealVersion)
	text, err := base64.RawStdEncoding.Strict().DecodeString(rest)
	if !ok || err != nil || len(text) < g.NonceSize() {
		return "", errOpen
	}
	secret, err := g.Open(nil, text[:g.NonceSize()], text[g.NonceSize():], additional(bound))
	if err != nil {
		return "", errOpen
	}
	return string(secret), nil
}

func gcm(key []byte) (cipher.AEAD, error) {
	if len(key) != keySize {
		return nil, fmt.Errorf("key: it has %d bytes, not %d", len(key), keySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err // unreachable: the size was checked
	}
	return cipher.NewGCM(block)
}

// additional joins the bound texts so that no two lists give the same bytes.
func additional(bound []string) []byte {
	var b []byte
	for _, s := range append([]string{"planwright secret"}, bound...) {
		b = fmt.Appendf(b, "%d:%s", len(s), s)
	}
	return b
}
