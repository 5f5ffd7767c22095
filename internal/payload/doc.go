// Package payload makes request bodies that are read as streams, and reads response bodies by what their headers say.
//
// A [Source] is a body that can be opened, and mostly opened again, so that a request can be repeated: [Bytes],
// [String], [Reader]. A [Multipart] writes form data (RFC 7578) of such sources, one after the other, without
// holding a part in memory. Whoever reads it gets a whole message or an error, never a message with a part more or a
// part cut:
//
//	boundary, err := payload.Boundary(nil)
//	...
//	form, err := payload.NewMultipart([]payload.Part{
//		{Name: "title", Body: payload.String("Invoice 7")},
//		{Name: "scan", FileName: "7.pdf", Type: "application/pdf", Body: payload.Reader(file)},
//	}, boundary)
//	...
//	src := form.Source()
//	req.GetBody = src.Open // only if !src.Once
//	req.ContentLength = src.Size
//	req.Header.Set("Content-Type", form.ContentType())
//
// Of a response, [Decoded] undoes the content coding, [Classify] says what kind of body the media type promises, and
// [UTF8] makes UTF-8 of a text in another charset.
//
// Errors are typed: [*Error], [*CharsetError], [*EncodingError]; a second opening of what can be opened once is
// [ErrOnce]. Their texts hold neither contents nor names of parts.
package payload
