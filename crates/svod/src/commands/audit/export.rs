//! `svod audit export`: the log in a folder, for verifiers that nobody here wrote. The form is that of docs/AUDIT.md.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use svod_domain::Event;
use svod_domain::event::ReportBuilt;
use svod_engine::Engine;
use svod_log::note::VerifierKey;
use svod_log::outline::Outline;
use svod_log::tiles::{self, Tile, Tower, WIDTH};
use svod_log::tree::Frontier;
use svod_log::verify::{Sound, Verifier};
use svod_log::{
    AuditHead, AuditRow, Checkpoint, Hash, Position, READ_MAX, Recorded, Store, StoreError, StoredFile,
};
use svod_report::CannotReproduce;
use svod_seal::{SealingKeys, digest_text, read_digest};

use tokio_util::sync::CancellationToken;

use super::PAGE;
use super::reproduce::unmade;
use super::verify::{Ended, expect_kept, with_scratch};
use crate::app::App;
use crate::commands::run::signals;
use crate::config::Config;
use crate::exit::Failure;
use crate::keys::Keys;
use crate::{keys, print, progress};

/// The format of exports.
const FORMAT: &str = "svod-export/1";

/// What the type of an entry looks like in its canonical bytes that records a document.
const REPORT_BUILT: &[u8] = b"\"type\":\"report-built\"";

/// Carries `svod audit export` out.
pub(super) async fn export(config: &Config, out: &Path, redact: bool, json: bool) -> Result<(), Failure> {
    if out.exists() {
        return Err(Failure::usage(anyhow::anyhow!("{} is there already", out.display())));
    }
    let app = App::open(config).await.map_err(Failure::unavailable)?;
    let keys = keys::load(&config.keys_file).map_err(Failure::unavailable)?;
    let missing = || format!("the keys of the ledger are not in {}", config.keys_file.display());
    let keys = keys.with_context(missing).map_err(Failure::unavailable)?;
    let folder = Folder::begin(out).map_err(Failure::unavailable)?;
    let stop = CancellationToken::new();
    let listening = tokio::spawn(signals(stop.clone()));
    let made = tokio::select! {
        made = write_all(&app, &folder, keys, redact) => Some(made),
        () = stop.cancelled() => None,
    };
    listening.abort();
    app.close().await;
    match made {
        Some(Ok((sound, told))) => {
            folder.end(out).map_err(Failure::unavailable)?;
            tell(out, &sound, &told, json)
        }
        Some(Err(ended)) => ended.tell(json),
        None => Err(Failure::unavailable(anyhow::anyhow!("stopped; nothing was exported"))),
    }
}

async fn write_all(app: &App, folder: &Folder, keys: Keys, redact: bool) -> Result<(Sound, Told), Ended> {
    let key = keys.notary.verifier_key();
    let mut writing = Writing::new(&app.engine, folder);
    let (sound, head) = writing.log(with_scratch(Verifier::new(Some(keys.notary), None))).await?;
    let told = writing.rest(&head, &key, (!redact).then_some(&keys.sealing)).await;
    Ok((sound, told?))
}

/// What lies in the export beside the log.
struct Told {
    disclosures: usize,
    documents: usize,
}

fn tell(out: &Path, sound: &Sound, told: &Told, json: bool) -> Result<(), Failure> {
    let (position, root) = (sound.position, sound.root.to_string());
    let Told { disclosures, documents } = told;
    if json {
        return print::json(&json!({
            "sound": true, "position": position, "root": root, "path": out, "disclosures": disclosures,
            "documents": documents,
        }));
    }
    print::line(format!(
        "exported: position {position}, root {root}, {disclosures} disclosures, {documents} documents: {}",
        out.display()
    ))
}

/// The folder, under another name until it is whole. What does not become whole goes.
struct Folder(PathBuf);

impl Folder {
    /// What an earlier run left behind goes.
    fn begin(out: &Path) -> anyhow::Result<Self> {
        let mut name = out.as_os_str().to_owned();
        name.push(".part");
        let part = PathBuf::from(name);
        let doing = || format!("making the folder {}", part.display());
        if part.exists() {
            std::fs::remove_dir_all(&part).with_context(doing)?;
        }
        std::fs::create_dir_all(&part).with_context(doing)?;
        Ok(Self(part))
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
        let path = self.0.join(name);
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = written.and_then(|()| std::fs::write(&path, bytes));
        written.with_context(|| format!("writing {}", path.display())).map_err(Failure::unavailable)
    }

    fn end(self, out: &Path) -> anyhow::Result<()> {
        std::fs::rename(&self.0, out).with_context(|| format!("renaming it to {}", out.display()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // After the end there is none; and names must not lie about after a failure.
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// The way of the log into the folder. Memory: a bundle, a tile a level, the digests of what is sealed, the documents' names.
struct Writing<'a> {
    engine: &'a Engine,
    store: &'a dyn Store,
    folder: &'a Folder,
    bundle: Vec<u8>,
    leaves: Vec<Hash>,
    bundles: u64,
    tower: Tower,
    sealed: BTreeSet<Hash>,
    built: Vec<ReportBuilt>,
}

impl<'a> Writing<'a> {
    fn new(engine: &'a Engine, folder: &'a Folder) -> Self {
        Self {
            engine,
            store: engine.store().as_ref(),
            folder,
            bundle: vec![],
            leaves: vec![],
            bundles: 0,
            tower: Tower::default(),
            sealed: BTreeSet::new(),
            built: vec![],
        }
    }

    /// Writes entries and tiles, and checks them on the way. What is appended meanwhile is left for the next time.
    async fn log(&mut self, mut verifier: Verifier) -> Result<(Sound, AuditHead), Ended> {
        expect_kept(self.store, &mut verifier).await?;
        let head = self.store.audit_head().await?;
        if let Err(ended) = self.entries(&mut verifier, &head).await {
            return Err(verifier.amiss().map_or(ended, Ended::Tampered));
        }
        let sound = verifier.end(&head)?;
        self.end_bundle()?;
        for tile in std::mem::take(&mut self.tower).end() {
            self.tile(&tile)?;
        }
        Ok((sound, head))
    }

    async fn entries(&mut self, verifier: &mut Verifier, head: &AuditHead) -> Result<(), Ended> {
        let bar = progress::bar("exporting", head.position.0);
        let mut after = Position::START;
        while after < head.position {
            let left = u32::try_from(head.position.0 - after.0).unwrap_or(PAGE);
            let rows = self.store.audit_rows(after, left.min(PAGE)).await?;
            let Some(last) = rows.last().map(|row| row.position) else { break };
            for row in &rows {
                verifier.row(row.shown())?;
                self.entry(row)?;
            }
            after = last;
            bar.set_position(after.0);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// An entry that was found sound.
    fn entry(&mut self, row: &AuditRow) -> Result<(), Failure> {
        let length = u16::try_from(row.bytes.len()).context("an entry is longer than an entry may be");
        self.bundle.extend_from_slice(&length.map_err(Failure::unavailable)?.to_be_bytes());
        self.bundle.extend_from_slice(&row.bytes);
        self.leaves.push(svod_log::tree::leaf_hash(&row.bytes));
        if let Ok(outline) = Outline::read(&row.bytes) {
            self.sealed.extend(outline.sealed().filter_map(read_digest));
        }
        if row.bytes.windows(REPORT_BUILT.len()).any(|window| window == REPORT_BUILT) {
            self.built.extend(document_of(row));
        }
        if self.leaves.len() as u64 == WIDTH { self.end_bundle() } else { Ok(()) }
    }

    fn end_bundle(&mut self) -> Result<(), Failure> {
        if self.leaves.is_empty() {
            return Ok(());
        }
        let tile = Tile { level: 0, number: self.bundles, hashes: std::mem::take(&mut self.leaves) };
        let width = tile.hashes.len() as u64;
        self.folder.write(&tiles::path("entries", self.bundles, width), std::mem::take(&mut self.bundle))?;
        self.bundles += 1;
        self.tile(&tile)?;
        if width == WIDTH {
            for above in self.tower.grow(tile.hashes.iter().copied().collect::<Frontier>().root()) {
                self.tile(&above)?;
            }
        }
        Ok(())
    }

    fn tile(&self, tile: &Tile) -> Result<(), Failure> {
        self.folder.write(&tile.path(), tile.bytes())
    }

    /// Writes what lies beside the log. Without keys nobody is disclosed.
    async fn rest(
        &self,
        head: &AuditHead,
        key: &VerifierKey,
        disclosing: Option<&SealingKeys>,
    ) -> Result<Told, Ended> {
        self.head(head, key, disclosing.is_none()).await?;
        let disclosures = match disclosing {
            Some(keys) => self.disclosures(keys).await?,
            None => 0,
        };
        let documents = self.documents(disclosing.is_some()).await?;
        Ok(Told { disclosures, documents })
    }

    /// What vouches for the log, and what the folder is.
    async fn head(&self, head: &AuditHead, key: &VerifierKey, redacted: bool) -> Result<(), Failure> {
        let checkpoint = Checkpoint::open(&head.checkpoint, key).context("opening the newest checkpoint");
        let Checkpoint { origin, size, root, .. } = checkpoint.map_err(Failure::unavailable)?;
        self.folder.write("checkpoint", &head.checkpoint)?;
        self.folder.write("vkey", format!("{key}\n"))?;
        self.checkpoints(size, key).await?;
        let manifest = json!({
            "format": FORMAT, "made_by": concat!("svod ", env!("CARGO_PKG_VERSION")), "origin": origin,
            "redacted": redacted, "root": STANDARD.encode(root.0), "size": size,
        });
        self.folder.write("manifest.json", format!("{manifest}\n"))
    }

    /// The checkpoints that the ledger kept.
    async fn checkpoints(&self, size: u64, key: &VerifierKey) -> Result<(), Failure> {
        let mut after = 0;
        loop {
            let notes = self.store.checkpoints(after, PAGE).await.map_err(Failure::unavailable)?;
            for note in &notes {
                let kept = Checkpoint::open(note, key).context("opening a kept checkpoint");
                after = kept.map_err(Failure::unavailable)?.size;
                if after < size {
                    self.folder.write(&format!("checkpoints/{after}"), note)?;
                }
            }
            if notes.is_empty() {
                return Ok(());
            }
        }
    }

    /// What the vault still discloses of what is sealed in the log; how much that is.
    async fn disclosures(&self, keys: &SealingKeys) -> Result<usize, Failure> {
        let sealed: Vec<Hash> = self.sealed.iter().copied().collect();
        let bar = progress::bar("disclosing", sealed.len() as u64);
        let path = self.folder.0.join("disclosures.jsonl");
        let doing = || format!("writing {}", path.display());
        let file = std::fs::File::create(&path).with_context(doing).map_err(Failure::unavailable)?;
        let mut file = std::io::BufWriter::new(file);
        let mut count = 0;
        for some in sealed.chunks(READ_MAX as usize) {
            for (digest, row) in self.store.disclosures(some).await.map_err(Failure::unavailable)? {
                let disclosure = keys.open(&row).map_err(Failure::unavailable)?;
                let line = json!({"digest": digest_text(digest), "disclosure": disclosure.encoded()});
                writeln!(file, "{line}").with_context(doing).map_err(Failure::unavailable)?;
                count += 1;
            }
            bar.inc(some.len() as u64);
        }
        bar.finish_and_clear();
        file.flush().with_context(doing).map_err(Failure::unavailable)?;
        Ok(count)
    }

    /// The documents: each as it was published and is kept, or its masked twin where somebody in it was erased; only twins
    /// where nobody is disclosed.
    async fn documents(&self, disclosing: bool) -> Result<usize, Ended> {
        let mut count = 0;
        for built in &self.built {
            let plain = if disclosing { self.file(&built.sha256).await? } else { None };
            let (sha256, bytes) = match plain {
                Some(file) => (&built.sha256, file.bytes.to_vec()),
                None => match svod_report::masked_twin(self.engine, built).await {
                    Ok(Some(twin)) => (&built.masked_sha256, twin.bytes),
                    // What cannot be made again is for `svod audit reproduce` to tell.
                    Ok(None) | Err(CannotReproduce::Renderer { .. }) => continue,
                    Err(error) => return Err(unmade(error, built)),
                },
            };
            self.folder.write(&format!("documents/{sha256}.{}", built.format), bytes)?;
            count += 1;
        }
        Ok(count)
    }

    /// A file that the ledger keeps and that is what it should be; what is not is for `svod audit reproduce` to tell.
    async fn file(&self, sha256: &str) -> Result<Option<StoredFile>, Failure> {
        let Some(sha256) = Hash::from_hex(sha256) else { return Ok(None) };
        match self.store.file(sha256).await {
            Ok(file) => Ok(file),
            Err(StoreError::Damaged { .. }) => Ok(None),
            Err(error) => Err(Failure::unavailable(error)),
        }
    }
}

/// The document that an entry records.
fn document_of(row: &AuditRow) -> Option<ReportBuilt> {
    let recorded = Recorded::decode(&row.bytes[..].into()).ok()?;
    match Event::read(&recorded.kind, recorded.data.get())? {
        Ok(Event::ReportBuilt(built)) => Some(built),
        Ok(_) | Err(_) => None,
    }
}
