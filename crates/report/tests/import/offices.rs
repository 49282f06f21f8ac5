//! Old formats go through an office program; here scripts stand in for it, so that it can fail in every way it may.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use svod_report::import::{CannotRead, Grid, NoticeKind, Office, ReadOptions, SourceFormat, read};
use tempfile::TempDir;

use crate::files::{Docx, paragraph, row, table, text};
use crate::seen::blocks;

const RTF: &[u8] = b"{\\rtf1\\ansi {\\b 1}}";

/// A program that is this script; the last of its arguments is the file, the one after `--outdir` the folder.
fn program(folder: &TempDir, script: &str) -> PathBuf {
    let path = folder.path().join("office");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn read_by(program: PathBuf, bytes: &[u8], timeout: Duration) -> Result<Grid, CannotRead> {
    let office = Office { program, timeout };
    read(bytes, None, &ReadOptions { office: Some(office), ..ReadOptions::default() })
}

/// A compound file with one stream of this name, as far as anybody looks at it.
fn compound(name: &str, is_encrypted: bool) -> Vec<u8> {
    let mut file = vec![0_u8; 1536];
    file[..8].copy_from_slice(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    file[30] = 9;
    let letters: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    file[512..512 + letters.len()].copy_from_slice(&letters);
    file[512 + 64] = u8::try_from(letters.len()).unwrap();
    file[512 + 116] = 1;
    file[1024 + 11] = u8::from(is_encrypted);
    file
}

#[test]
fn what_the_office_program_makes_is_read_and_told() {
    let folder = TempDir::new().unwrap();
    let made = folder.path().join("made.docx");
    std::fs::write(&made, Docx::new(&table(1, &row(&[&text("1")]))).build()).unwrap();
    let script = format!(
        r#"for last; do :; done; case "$last" in *.rtf) mkdir out && cp {} out/in.docx;; esac"#,
        made.display()
    );
    let grid = read_by(program(&folder, &script), RTF, Duration::from_secs(20)).unwrap();
    assert_eq!(blocks(&grid), ["|1|"]);
    assert_eq!(grid.format, SourceFormat::Rtf);
    assert_eq!(grid.findings[0].kind, NoticeKind::Converted { format: SourceFormat::Rtf });
}

#[test]
fn an_old_document_whose_tables_the_office_program_loses_is_refused() {
    let folder = TempDir::new().unwrap();
    let made = folder.path().join("made.docx");
    std::fs::write(&made, Docx::new(&paragraph("1Вязьма")).build()).unwrap();
    let program = program(&folder, &format!("mkdir out && cp {} out/in.docx", made.display()));
    let plain = compound("WordDocument", false);
    let grid = read_by(program.clone(), &plain, Duration::from_secs(20)).unwrap();
    assert_eq!(blocks(&grid), ["1Вязьма"]);
    for end in [&b"1\0\x07\0\x07\0"[..], b"1\x07\x07"] {
        let refused = read_by(program.clone(), &[&plain, end].concat(), Duration::from_secs(20));
        assert_eq!(refused, Err(CannotRead::OfficeFailed { format: SourceFormat::Doc }));
    }
}

#[test]
fn without_an_office_program_old_formats_are_refused_with_a_clear_word() {
    let cases = [
        (RTF.to_vec(), SourceFormat::Rtf),
        (compound("WordDocument", false), SourceFormat::Doc),
        (compound("Workbook", false), SourceFormat::Xls),
    ];
    for (bytes, format) in cases {
        let refused = read(&bytes, None, &ReadOptions::default());
        assert_eq!(refused, Err(CannotRead::OfficeMissing { format }));
        let missing = PathBuf::from("/nowhere/soffice");
        let refused = read_by(missing, &bytes, Duration::from_secs(20));
        assert_eq!(refused, Err(CannotRead::OfficeMissing { format }));
    }
}

#[test]
fn an_office_program_that_fails_or_makes_nothing_is_told() {
    let folder = TempDir::new().unwrap();
    for script in ["exit 1", "kill -SEGV $$", "exit 0"] {
        let refused = read_by(program(&folder, script), RTF, Duration::from_secs(20));
        assert_eq!(refused, Err(CannotRead::OfficeFailed { format: SourceFormat::Rtf }), "{script}");
    }
}

#[test]
fn an_office_program_that_hangs_is_killed_with_all_that_it_started() {
    let folder = TempDir::new().unwrap();
    // Whoever reads a pipe hears its end when everybody who could write to it is dead.
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let script = format!("sh -c 'echo begun; exec sleep 600' > {} & wait", pipe.display());
    // With a writer of our own nobody waits for one that never comes.
    let ours = std::fs::File::options().read(true).write(true).open(&pipe).unwrap();
    let heard = std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap());
    let refused = read_by(program(&folder, &script), RTF, Duration::from_secs(5));
    drop(ours);
    assert_eq!(refused, Err(CannotRead::OfficeTimedOut { format: SourceFormat::Rtf, seconds: 5 }));
    assert_eq!(heard.join().unwrap(), "begun\n");
}

#[test]
fn office_programs_run_one_at_a_time() {
    let folder = TempDir::new().unwrap();
    let running = folder.path().join("running");
    let both = folder.path().join("both");
    let script = format!(
        "mkdir {running} || touch {both}; sleep 0.2; rmdir {running}",
        running = running.display(),
        both = both.display()
    );
    let program = program(&folder, &script);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| drop(read_by(program.clone(), RTF, Duration::from_secs(20))));
        }
    });
    assert!(!both.exists());
}

#[test]
fn an_office_program_knows_nothing_of_the_service() {
    let folder = TempDir::new().unwrap();
    let seen = folder.path().join("seen");
    let script = format!("env | cut -d= -f1 | sort > {}; ulimit -v >> {}", seen.display(), seen.display());
    drop(read_by(program(&folder, &script), RTF, Duration::from_secs(20)));
    let seen = std::fs::read_to_string(seen).unwrap();
    for line in seen.lines() {
        assert!(["HOME", "LC_ALL", "PATH", "PWD", "TMPDIR", "4194304"].contains(&line), "{seen}");
    }
    assert!(seen.contains("4194304"), "{seen}");
}

#[test]
fn encrypted_documents_are_told_from_old_ones() {
    for file in [compound("EncryptedPackage", false), compound("WordDocument", true)] {
        assert_eq!(read(&file, None, &ReadOptions::default()), Err(CannotRead::Encrypted));
    }
    let other = read(&compound("PowerPoint Document", false), None, &ReadOptions::default());
    assert_eq!(other.map_err(|refusal| refusal.code()), Err("not-a-document"));
}
