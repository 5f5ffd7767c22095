module gate.example/testdata

go 1.26
