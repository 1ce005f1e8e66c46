package certificate

import (
	"fmt"
	"time"
)

// words are the texts of a certificate in one language.
type words struct {
	title, kicker   string
	claim           func(day string) string
	day             func(time.Time) string
	unnamed         string
	said            string
	digest          string
	way             [5]string          // file, fingerprint, tree, transaction, block
	wayNote         string             // under file
	steps           func(n int) string // under tree
	block           func(height string) string
	facts           [6]string // block, its time, its hash, Merkle root, transaction, certificate made
	scan            string
	proves          string
	provesText      string
	not             string
	notText         []string
	check           string
	checkText       []string
	attached        func(name string) string
	sandbox         string
	sandboxText     func(network string) string
	subject, author string
}

var texts = map[Language]*words{English: &english, Chinese: &chinese}

var english = words{
	title:   "Certificate of existence",
	kicker:  "Certificate of existence",
	claim:   func(day string) string { return "This file existed no later than " + day + "." },
	day:     func(t time.Time) string { return t.Format("2 January 2006") },
	unnamed: "The file with the fingerprint below",
	said:    "The name is as it was given; the proof is of the content.",
	digest:  "Fingerprint",
	way:     [5]string{"File", "Fingerprint", "Tree", "Transaction", "Block"},
	wayNote: "stays with its owner",
	steps: func(n int) string {
		if n == 1 {
			return "1 step, checked"
		}
		return fmt.Sprintf("%d steps, checked", n)
	},
	block:  func(height string) string { return "Block " + height },
	facts:  [6]string{"Block", "Its own time", "Block hash", "Merkle root", "Transaction", "Certificate made"},
	scan:   "The page of this proof",
	proves: "What this proves",
	provesText: "Somebody had this exact file, bit for bit, before the block above was made: its fingerprint was put under " +
		"the block, and the work that was laid upon the block since cannot be redone in secret.",
	not: "What it does not prove",
	notText: []string{
		"who made the file, or whose it is;",
		"when it was made: only that it was there by then;",
		"that what it says is true.",
		"A block’s own time can be off by a few hours, so it is the day that counts, by UTC; near midnight it may be the day before or after.",
	},
	check: "How to check it without us",
	checkText: []string{
		"Take the proof out of this PDF: it is attached under “Attachments”, or pdfdetach -saveall.",
		"Put it beside the file and run: ots verify (opentimestamps.org), with any Bitcoin node. No account is needed.",
		"Compare the block’s hash above with any block explorer, or with several.",
	},
	attached: func(name string) string { return "Attached: " + name },
	sandbox:  "TEST NETWORK",
	sandboxText: func(network string) string {
		return "Blocks of " + network + " cost nothing: this certificate proves nothing."
	},
	subject: "Proof that a file existed no later than a block of the Bitcoin chain",
	author:  "Cairn",
}

var chinese = words{
	title:      "存在证明书",
	kicker:     "存在证明书",
	claim:      func(day string) string { return "此文件最晚在" + day + "\n就已存在。" },
	day:        func(t time.Time) string { return t.Format("2006年1月2日") },
	unnamed:    "具有下列指纹的文件",
	said:       "文件名由申请人填写；证明针对的是文件内容。",
	digest:     "指纹",
	way:        [5]string{"文件", "指纹", "树", "交易", "区块"},
	wayNote:    "始终由持有人保管",
	steps:      func(n int) string { return fmt.Sprintf("共 %d 步，逐步核对", n) },
	block:      func(height string) string { return "区块 " + height },
	facts:      [6]string{"区块", "区块自带时间", "区块哈希", "默克尔根", "交易", "证明书出具日期"},
	scan:       "这份证明的网页",
	proves:     "它证明什么",
	provesText: "在上述区块产生之前，已经有人持有这份一字不差的文件：它的指纹被写入该区块之下，此后累积在区块之上的工作量无法暗中重做。",
	not:        "它不证明什么",
	notText:    []string{"文件由谁制作、归谁所有；", "文件何时制作，只说明届时它已存在；", "文件内容是否属实。", "区块自带的时间可能有几个小时的误差，所以以日期为准（按协调世界时 UTC）；临近午夜时，可能相差一天。"},
	check:      "不依靠我们，如何自行核对",
	checkText:  []string{"从本 PDF 中取出证明：它就在“附件”一栏，也可以用 pdfdetach -saveall 提取。", "把它和文件放在一起，运行 ots verify（见 opentimestamps.org），任何一个比特币节点都可以。无需账号，也无需询问任何人。", "将上面的区块哈希与任意一个或多个区块浏览器核对。"},
	attached:   func(name string) string { return "附件：" + name },
	sandbox:    "测试网络",
	sandboxText: func(network string) string {
		return network + " 的区块毫无成本，这份证明书不证明任何事。"
	},
	subject: "证明文件最晚在比特币链上某个区块产生时就已存在",
	author:  "Cairn",
}
